"""The library of AWS's XGBoost image.

Source of names, signatures and texts: aws/sagemaker-xgboost-container, `src/sagemaker_xgboost_container`.
"""
