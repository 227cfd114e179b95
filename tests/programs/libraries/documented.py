"""What AWS's documentation, READMEs and examples tell users to import, by module, with the source.

A module's name is followed by its names, with blanks between them.
"""

SDK_XGBOOST = "SageMaker Python SDK, Use XGBoost with the SageMaker Python SDK"
EXAMPLES = "aws/amazon-sagemaker-examples, xgboost_abalone, xgboost_inference_script_mode"
XGBOOST = "aws/sagemaker-xgboost-container, src and test/unit"
TRAINING = "aws/sagemaker-training-toolkit, README and src"
CONTAINERS = "aws/sagemaker-containers 2.8.6, README and beta/framework/__init__.py"
INFERENCE = "aws/sagemaker-inference-toolkit, README and src"
SKLEARN = "aws/sagemaker-scikit-learn-container, src"
PYTORCH_SERVING = "aws/sagemaker-pytorch-inference-toolkit, README and src"
PYTORCH_TRAINING = "aws/sagemaker-pytorch-training-toolkit, src"

DOCUMENTED = {
    SDK_XGBOOST: """
sagemaker_xgboost_container.data_utils get_dmatrix
sagemaker_xgboost_container.distributed rabit_run wait_hostname_resolution
sagemaker_xgboost_container.encoder csv_to_dmatrix libsvm_to_dmatrix decode
sagemaker_xgboost_container.checkpointing train load_checkpoint save_checkpoint
sagemaker_containers entry_point training_env
""",
    EXAMPLES: """
sagemaker_xgboost_container encoder data_utils distributed checkpointing
sagemaker_containers.beta.framework content_types encoders env modules transformer worker
""",
    XGBOOST: """
sagemaker_xgboost_container.encoder recordio_protobuf_to_dmatrix json_to_jsonlines
sagemaker_xgboost_container.recordio_protobuf read_recordio_protobuf
sagemaker_xgboost_container.checkpointing print_checkpointed_evaluation save_intermediate_model
sagemaker_xgboost_container.checkpointing SaveCheckpoint SaveCheckpointCallBack SaveIntermediateModelCallBack
sagemaker_xgboost_container.checkpointing CHECKPOINT_FILENAME TEMP_FILE_SUFFIX FILE_LOCK_SUFFIX FILE_SAFE_SUFFIX
sagemaker_xgboost_container.data_utils get_content_type validate_data_file_path get_size check_data_redundancy
sagemaker_xgboost_container.data_utils get_csv_dmatrix get_libsvm_dmatrix get_parquet_dmatrix
sagemaker_xgboost_container.data_utils get_recordio_protobuf_dmatrix VALID_CONTENT_TYPES VALID_PIPED_CONTENT_TYPES
sagemaker_xgboost_container.distributed Rabit RabitHelper LOCAL_HOSTNAME
sagemaker_xgboost_container.constants.sm_env_constants SM_CURRENT_HOST SM_HOSTS SM_CHANNEL_TRAIN SM_MODEL_DIR
sagemaker_xgboost_container.constants.sm_env_constants SAGEMAKER_INFERENCE_OUTPUT SM_CHANNEL_VALIDATION
sagemaker_xgboost_container.constants.xgb_constants MODEL_NAME CUSTOMER_ERRORS XGB_MAXIMIZE_METRICS MULTI_SOFTPROB
sagemaker_xgboost_container.constants.xgb_content_types LIBSVM X_LIBSVM X_PARQUET X_RECORDIO_PROTOBUF
sagemaker_xgboost_container.metrics.custom_metrics accuracy f1 mse configure_feval get_custom_metrics CUSTOM_METRICS
sagemaker_xgboost_container.callback get_callbacks add_sigterm_handler
sagemaker_xgboost_container.algorithm_mode.train_utils get_eval_metrics_and_feval get_union_metrics cleanup_dir
sagemaker_xgboost_container.algorithm_mode.train_utils MetricNameComponents
sagemaker_xgboost_container.algorithm_mode.serve_utils parse_content_data get_loaded_booster get_selected_output_keys
sagemaker_xgboost_container.algorithm_mode.serve_utils get_selected_predictions encode_selected_predictions
sagemaker_xgboost_container.algorithm_mode.serve_utils encode_predictions_as_json is_ensemble_enabled
sagemaker_xgboost_container.algorithm_mode.inference_errors NoContentInferenceError BadRequestInferenceError
sagemaker_xgboost_container.algorithm_mode.inference_errors ModelLoadInferenceError
sagemaker_xgboost_container.algorithm_mode.inference_errors UnsupportedMediaTypeInferenceError
sagemaker_xgboost_container.algorithm_mode.integration setup_main_logger
sagemaker_xgboost_container.handler_service HandlerService
sagemaker_xgboost_container.serving main
sagemaker_xgboost_container.training main
sagemaker_algorithm_toolkit.exceptions BaseToolkitError UserError AlgorithmError PlatformError
""",
    TRAINING: """
sagemaker_training entry_point environment errors files functions intermediate_output logging_config mapping modules
sagemaker_training params process runner trainer content_types encoders timeout
sagemaker_training.environment Environment read_hyperparameters read_resource_config read_input_data_config
sagemaker_training.environment channel_path num_cpus num_gpus write_env_vars base_dir code_dir model_dir output_dir
sagemaker_training.entry_point run install
sagemaker_training.files read_json read_file write_file write_success_file write_failure_file tmpdir
sagemaker_training.files download_and_extract s3_download
sagemaker_training.mapping to_env_vars to_cmd_args split_by_criteria MappingMixin SplitResultSpec
sagemaker_training.functions matching_args getargspec error_wrapper
sagemaker_training.encoders encode decode array_to_csv array_to_json array_to_npy csv_to_numpy json_to_numpy
sagemaker_training.encoders npy_to_numpy array_to_recordio_protobuf encoders_map
sagemaker_training.errors ClientError ExecuteUserScriptError InstallModuleError InstallRequirementsError
sagemaker_training.errors ImportModuleError ChannelDoesNotExistError UnsupportedFormatError
sagemaker_training.logging_config get_logger configure_logger log_script_invocation
sagemaker_training.modules exists has_requirements prepare install install_requirements import_module
sagemaker_training.process ProcessRunner check_error create python_executable
sagemaker_training.runner get RunnerType ProcessRunnerType MPIRunnerType
sagemaker_training._entry_point_type get PYTHON_PACKAGE PYTHON_PROGRAM COMMAND
sagemaker_training.intermediate_output start_sync
sagemaker_training.trainer train
sagemaker_training.cli.train main
""",
    CONTAINERS: """
sagemaker_containers.beta.framework content_types encoders entry_point env errors files functions logging mapping
sagemaker_containers.beta.framework modules params process runner server trainer training_env transformer worker
sagemaker_containers._env TrainingEnv ServingEnv
sagemaker_containers._transformer Transformer default_model_fn default_input_fn default_predict_fn default_output_fn
sagemaker_containers._worker Response Request Worker default_healthcheck_fn
sagemaker_containers._modules import_module run_module run install prepare exists s3_download download_and_install
sagemaker_containers._server start next_safe_port
sagemaker_containers._encoders encode decode array_to_recordio_protobuf
sagemaker_containers._recordio _read_recordio _write_recordio
sagemaker_containers._errors ClientError ChannelDoesNotExistException ExecuteUserScriptError UnsupportedFormatError
""",
    INFERENCE: """
sagemaker_inference content_types decoder default_inference_handler encoder errors utils environment logging
sagemaker_inference model_server parameters transformer
sagemaker_inference.default_handler_service DefaultHandlerService
sagemaker_inference.default_inference_handler DefaultInferenceHandler
sagemaker_inference.transformer Transformer
sagemaker_inference.model_server start_model_server
sagemaker_inference.errors BaseInferenceToolkitError GenericInferenceToolkitError UnsupportedFormatError
sagemaker_inference.content_types JSON CSV NPY NPZ OCTET_STREAM ANY UTF8_TYPES
sagemaker_inference.environment Environment model_dir code_dir base_dir
sagemaker_inference.encoder encode SUPPORTED_CONTENT_TYPES
sagemaker_inference.utils parse_accept retrieve_content_type_header remove_crlf read_file write_file
""",
    SKLEARN: """
sagemaker_sklearn_container.serving default_model_fn default_input_fn default_predict_fn default_output_fn
sagemaker_sklearn_container.serving import_module main serving_entrypoint is_multi_model
sagemaker_sklearn_container.handler_service HandlerService
sagemaker_sklearn_container.exceptions UserError AlgorithmError PlatformError
sagemaker_sklearn_container.training train main
""",
    PYTORCH_SERVING: """
sagemaker_pytorch_serving_container handler_service
sagemaker_pytorch_serving_container.default_inference_handler DefaultPytorchInferenceHandler
sagemaker_pytorch_serving_container.default_pytorch_inference_handler DefaultPytorchInferenceHandler ModelLoadError
sagemaker_pytorch_serving_container.handler_service HandlerService
sagemaker_pytorch_serving_container.serving main
""",
    PYTORCH_TRAINING: """
sagemaker_pytorch_container.training train main MASTER_PORT
""",
}

# What the libraries have on AWS and cannot have here: closed software, servers in Java, generated protobuf classes.
ABSENT = [
    "sagemaker_training.smdataparallel",
    "sagemaker_training.pytorch_xla",
    "sagemaker_training.record_pb2",
    "sagemaker_containers.record_pb2",
    "sagemaker_inference.torchserve",
    "sagemaker_pytorch_serving_container.torchserve",
    "sagemaker_xgboost_container.distributed_gpu",
    "sagemaker_xgboost_container.mms_patch",
    "sagemaker_huggingface_inference_toolkit",
]


def names() -> list[tuple[str, str, str]]:
    """Every (module, name, source)."""
    found = []
    for source, text in DOCUMENTED.items():
        for line in text.strip().splitlines():
            module, *listed = line.split()
            found += [(module, name, source) for name in listed]
    return found
