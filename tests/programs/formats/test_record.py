"""The Record message and RecordIO frames, byte for byte and against Google's protobuf where that is installed."""

from __future__ import annotations

import numpy as np
import pytest

from clary_programs.formats.errors import FormatError
from clary_programs.formats.protobuf import signed32, varint, varint_at
from clary_programs.formats.record import Record, Tensor, decode_record, encode_record
from clary_programs.formats.recordio import MAGIC, frame, records

# Record{features: {"values": Value{float32_tensor: {values: [1.0]}}}} by the rules of the wire format.
ONE = bytes.fromhex("0a12 0a06 76616c756573 1208 1206 0a04 0000803f".replace(" ", ""))


def test_known_bytes() -> None:
    assert encode_record(Record({"values": Tensor(np.array([1.0], dtype=np.float32))})) == ONE
    assert decode_record(ONE).features["values"].values.tolist() == [1.0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
def test_dense_tensors_of_every_type(dtype: type) -> None:
    values = np.array([1, -2, 3000000], dtype=dtype)
    record = Record({"values": Tensor(values)}, {"values": Tensor(values[:1])}, "id", "meta", '{"a":1}')
    decoded = decode_record(encode_record(record))
    assert decoded.features["values"].values.dtype == dtype
    assert decoded.features["values"].values.tolist() == values.tolist()
    assert decoded.label["values"].values.tolist() == [1]
    assert (decoded.uid, decoded.metadata, decoded.configuration) == ("id", "meta", '{"a":1}')


def test_sparse_tensors_and_bytes() -> None:
    tensor = Tensor(np.array([1.5, 2.5], dtype=np.float32), (0, 300), (1000,))
    decoded = decode_record(encode_record(Record({"values": tensor, "image": b"\x89PNG"})))
    assert decoded.features["values"].keys == (0, 300)
    assert decoded.features["values"].shape == (1000,)
    assert decoded.features["image"] == b"\x89PNG"


def test_values_that_are_not_packed() -> None:
    tensor = b"\x0d\x00\x00\x80\x3f\x0d\x00\x00\x00\x40"
    value = b"\x12" + varint(len(tensor)) + tensor
    entry = b"\x0a\x06values\x12" + varint(len(value)) + value
    assert decode_record(b"\x0a" + varint(len(entry)) + entry).features["values"].values.tolist() == [1, 2]


def test_varints() -> None:
    assert varint(300) == b"\xac\x02"
    assert varint_at(b"\xac\x02", 0) == (300, 2)
    assert signed32(varint_at(varint(-5), 0)[0]) == -5


@pytest.mark.parametrize("cut", range(1, len(ONE)))
def test_cut_messages_are_refused(cut: int) -> None:
    with pytest.raises(FormatError, match="Error parsing message"):
        decode_record(ONE[:cut])


def test_agrees_with_googles_protobuf() -> None:
    message = _google_record()
    message.features["values"].float32_tensor.values.extend([1.0, 2.0])
    message.features["values"].float32_tensor.keys.extend([3, 900])
    message.features["values"].float32_tensor.shape.append(1000)
    message.label["values"].int32_tensor.values.append(-7)
    message.uid = "u"
    decoded = decode_record(message.SerializeToString())
    assert decoded.features["values"].keys == (3, 900)
    assert decoded.label["values"].values.tolist() == [-7]
    again = type(message)()
    again.ParseFromString(encode_record(decoded))
    assert again == message


def _google_record():
    pytest.importorskip("google.protobuf")
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="record.proto", package="aialgs.data", syntax="proto2")
    for name, kind in (("Float32Tensor", 2), ("Float64Tensor", 1), ("Int32Tensor", 5)):
        tensor = file.message_type.add(name=name)
        for number, (field, type_) in enumerate((("values", kind), ("keys", 4), ("shape", 4)), 1):
            added = tensor.field.add(name=field, number=number, type=type_, label=3)
            added.options.packed = True
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    for field, number, type_name in (
        ("float32_tensor", 2, "Float32Tensor"),
        ("int32_tensor", 7, "Int32Tensor"),
    ):
        full = f".aialgs.data.{type_name}"
        value.field.add(name=field, number=number, type=11, label=1, type_name=full, oneof_index=0)
    record = file.message_type.add(name="Record")
    for field, number in (("features", 1), ("label", 2)):
        entry_name = f"{field.capitalize()}Entry"
        entry = record.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=9, label=1)
        entry.field.add(name="value", number=2, type=11, label=1, type_name=".aialgs.data.Value")
        full = f".aialgs.data.Record.{entry_name}"
        record.field.add(name=field, number=number, type=11, label=3, type_name=full)
    for number, field in enumerate(("uid", "metadata", "configuration"), 3):
        record.field.add(name=field, number=number, type=9, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("aialgs.data.Record"))()


def test_frames() -> None:
    body = frame(b"abc") + frame(b"") + frame(b"12345678")
    assert body[:8] == bytes.fromhex("0a23d7ce03000000")
    assert MAGIC == 0xCED7230A
    assert len(frame(b"abc")) == 12
    assert list(records(body)) == [b"abc", b"", b"12345678"]


def test_a_record_in_parts() -> None:
    head = [frame(part) for part in (b"abcd", b"efgh", b"i")]
    flagged = [
        bytes([*piece[:7], piece[7] | flag << 5, *piece[8:]])
        for piece, flag in zip(head, (1, 2, 3), strict=True)
    ]
    assert list(records(b"".join(flagged))) == [b"abcdefghi"]
    with pytest.raises(FormatError, match="lacks its end"):
        list(records(flagged[0]))


@pytest.mark.parametrize("body", [b"\x0a\x23", b"junkjunkjunk", frame(b"abcdefgh")[:10]])
def test_broken_frames(body: bytes) -> None:
    with pytest.raises(FormatError, match="recordio"):
        list(records(body))
