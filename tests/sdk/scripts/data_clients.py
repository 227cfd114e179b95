"""pandas over s3fs, pyarrow's own S3 file system, and awswrangler, against a bucket given on the command line."""

import os
import sys

import awswrangler as wr
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pf
import pyarrow.parquet as pq
import s3fs

BUCKET = sys.argv[1]
FRAME = pd.DataFrame(
    {
        "id": np.arange(999),
        "x": np.arange(999) / 7,
        "part": np.arange(999) % 3,
        "s": [f"é{i}" for i in range(999)],
    }
)
BIG = os.urandom(30 << 20)


def pandas_reads_what_it_wrote():
    FRAME.to_csv(f"s3://{BUCKET}/p/a.csv.gz", index=False)
    pd.testing.assert_frame_equal(pd.read_csv(f"s3://{BUCKET}/p/a.csv.gz"), FRAME)
    FRAME.to_parquet(f"s3://{BUCKET}/p/a.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(f"s3://{BUCKET}/p/a.parquet"), FRAME)
    assert list(pd.read_parquet(f"s3://{BUCKET}/p/a.parquet", columns=["x"])) == ["x"]
    for missing in (f"s3://{BUCKET}/p/none.csv", f"s3://{BUCKET}-none/a.csv"):
        try:
            pd.read_csv(missing)
        except FileNotFoundError:
            continue
        raise AssertionError(f"{missing} was read")


def s3fs_is_a_file_system():
    fs = s3fs.S3FileSystem()
    for i in range(4):
        fs.pipe(f"{BUCKET}/f/{i}/{i}.txt", b"x" * i)
    assert len(fs.glob(f"{BUCKET}/f/*/*.txt")) == len(fs.find(f"{BUCKET}/f")) == 4
    fs.mv(f"{BUCKET}/f/3/3.txt", f"{BUCKET}/f/moved")
    assert fs.exists(f"{BUCKET}/f/moved")
    assert not fs.exists(f"{BUCKET}/f/3/3.txt")
    fs.cp(f"{BUCKET}/f", f"{BUCKET}/g", recursive=True)
    fs.rm(f"{BUCKET}/f", recursive=True)
    assert not fs.exists(f"{BUCKET}/f")
    assert fs.isdir(f"{BUCKET}/g")
    with fs.open(f"{BUCKET}/big", "wb", block_size=5 << 20) as file:
        file.write(BIG)
    with fs.open(f"{BUCKET}/big", "ab") as file:  # copies what is there as parts of a new upload
        file.write(b"end")
    assert fs.info(f"{BUCKET}/big")["size"] == len(BIG) + 3
    assert fs.cat_file(f"{BUCKET}/big", start=-3) == b"end"


def pyarrow_has_a_client_of_its_own():
    """aws-sdk-cpp: always multipart, chunked with trailing CRC64NVME over plain HTTP, `x-amz-checksum-mode: enabled`."""
    fs = pf.S3FileSystem(
        endpoint_override=os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), scheme="http"
    )
    with fs.open_output_stream(f"{BUCKET}/pa/x") as file:
        file.write(BIG)
    assert fs.get_file_info(f"{BUCKET}/pa/x").size == len(BIG)
    assert fs.open_input_file(f"{BUCKET}/pa/x").read() == BIG
    table = pa.Table.from_pandas(FRAME)
    ds.write_dataset(table, f"{BUCKET}/set", format="parquet", partitioning=["part"], filesystem=fs)
    found = ds.dataset(f"{BUCKET}/set", format="parquet", partitioning=["part"], filesystem=fs)
    assert found.to_table(filter=ds.field("part") == 1).num_rows == 333
    pq.write_to_dataset(table, f"{BUCKET}/hive", partition_cols=["part"], filesystem=fs)
    assert pq.read_table(f"{BUCKET}/hive", filesystem=fs).num_rows == 999
    fs.copy_file(f"{BUCKET}/pa/x", f"{BUCKET}/pa/y")
    fs.move(f"{BUCKET}/pa/y", f"{BUCKET}/pa/z")
    fs.delete_dir(f"{BUCKET}/set")
    assert fs.get_file_info(f"{BUCKET}/set").type == pf.FileType.NotFound


def awswrangler_keeps_datasets():
    path = f"s3://{BUCKET}/wr/"

    def write(mode, frame=FRAME):
        wr.s3.to_parquet(frame, path, dataset=True, partition_cols=["part"], mode=mode)
        return len(wr.s3.read_parquet(path, dataset=True))

    assert write("overwrite") == 999
    assert write("append") == 1998
    assert write("overwrite_partitions", FRAME[FRAME.part == 1]) == 1665
    one = wr.s3.read_parquet(path, dataset=True, partition_filter=lambda values: values["part"] == "1")
    assert len(one) == 333
    assert len(wr.s3.list_objects(path + "part=1/*.parquet")) == 1
    assert wr.s3.list_directories(path) == [f"{path}part={i}/" for i in range(3)]
    wr.s3.to_csv(FRAME, f"s3://{BUCKET}/w.csv", index=False)
    assert len(wr.s3.read_csv(f"s3://{BUCKET}/w.csv")) == 999
    wr.s3.delete_objects(path)
    assert wr.s3.list_objects(path) == []


pandas_reads_what_it_wrote()
s3fs_is_a_file_system()
pyarrow_has_a_client_of_its_own()
awswrangler_keeps_datasets()
print("PASS")
