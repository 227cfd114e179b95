"""Results to XML text, by shape: REST-XML, Query and EC2 alike. Knows no responses."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from clary.wire import timestamps
from clary.wire.decimals import decimal
from clary.wire.serialize.elements import Elements

if TYPE_CHECKING:
    from clary.wire.model import ServiceModel
    from clary.wire.shapes import Shape

Out = Callable[[str], None]  # takes a piece of text
Write = Callable[[Any, Out], None]  # writes whole elements for one value
PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n'
# https://www.w3.org/TR/xml/#charsets: the characters that a document cannot hold
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Writer:
    """Compiles members to functions that write a value as elements. What a shape lacks, and nulls, are dropped."""

    def __init__(self, service: ServiceModel, ec2: bool = False) -> None:
        self._made: dict[Any, Write] = service.compiled.setdefault(f"write xml {ec2}", {})
        self._ec2 = ec2
        # S3 writes its moments with milliseconds always, the others only where there are any.
        self._moment = timestamps.iso_milliseconds if service.name == "s3" else timestamps.iso

    def element(self, shape: Shape, name: str, namespace: str | None = None) -> Write:
        """Return a writer of one element `name` (or several, for a flattened list or map)."""
        key = (name, namespace, shape.name, repr(shape.serialization))
        if key not in self._made:
            self._made[key] = lambda value, out: self._made[key](value, out)  # a shape may hold itself
            self._made[key] = self._element(shape, name, namespace)
        return self._made[key]

    def content(self, members: Mapping[str, Shape]) -> Write:
        """Return a writer of what is inside an element with these members."""
        writers = [
            (name, self.element(member, self._member_name(member, name)))
            for name, member in members.items()
            if not member.serialization.get("xmlAttribute")
        ]

        def content(value: Any, out: Out) -> None:
            for name, write in writers:
                item = value.get(name)
                if item is not None:
                    write(item, out)

        return content

    def attributes(self, members: Mapping[str, Shape]) -> Write:
        """Return a writer of the members that stand within an element's opening tag."""
        writers = [
            (name, member.serialization.get("name", name), self.text(member))
            for name, member in members.items()
            if member.serialization.get("xmlAttribute")
        ]

        def attributes(value: Any, out: Out) -> None:
            for name, wire, text in writers:
                if value.get(name) is not None:
                    out(f' {wire}="{attribute(text(value[name]))}"')

        return attributes

    def _element(self, shape: Any, name: str, namespace: str | None) -> Write:
        if shape.type_name == "structure":
            return self._structure(shape, name, namespace)
        if shape.type_name == "list":
            return self._list(shape, name, namespace)
        if shape.type_name == "map":
            return self._map(shape, name, namespace)
        opening, closing = _tags(name, shape, namespace)
        text = self.text(shape)
        return lambda value, out: out(f"{opening}>{text(value)}{closing}")

    def _structure(self, shape: Any, name: str, namespace: str | None) -> Write:
        opening, closing = _tags(name, shape, namespace)
        attributes, content = self.attributes(shape.members), self.content(shape.members)

        def structure(value: Any, out: Out) -> None:
            out(opening)
            attributes(value, out)
            out(">")
            content(value, out)
            out(closing)

        return structure

    def _list(self, shape: Any, name: str, namespace: str | None) -> Write:
        if self._flattened(shape):
            return _each(self.element(shape.member, name, namespace))
        default = "item" if self._ec2 else "member"
        one = self.element(shape.member, shape.member.serialization.get("name", default))
        opening, closing = _tags(name, shape, namespace)

        def elements(value: Any, out: Out) -> None:
            out(opening + ">")
            for item in value:
                if item is not None:
                    one(item, out)
            out(closing)

        return elements

    def _map(self, shape: Any, name: str, namespace: str | None) -> Write:
        write_key = self.element(shape.key, self._own_name(shape.key, "key"))
        write_value = self.element(shape.value, self._own_name(shape.value, "value"))
        flattened = self._flattened(shape)
        opening, closing = _tags(name, shape, namespace)
        entry = (opening + ">", closing) if flattened else ("<entry>", "</entry>")

        def entries(value: Any, out: Out) -> None:
            out("" if flattened else opening + ">")
            for key, item in value.items():
                if item is not None:
                    out(entry[0])
                    write_key(key, out)
                    write_value(item, out)
                    out(entry[1])
            out("" if flattened else closing)

        return entries

    def _flattened(self, shape: Any) -> bool:
        return bool(shape.serialization.get("flattened"))

    def _member_name(self, member: Any, name: str) -> str:
        if member.type_name == "list" and self._flattened(member):
            inner = self._own_name(member.member, "")
            if inner:
                return inner
        return self._own_name(member, name)

    def _own_name(self, shape: Shape, name: str) -> str:
        """Return the name of an element. A `queryName` is another one than JSON has (SQS); EC2 has it for requests alone."""
        other = "" if self._ec2 else shape.serialization.get("queryName")
        return other or shape.serialization.get("name") or name

    def text(self, shape: Any) -> Callable[[Any], str]:
        """Return what makes text of a scalar."""
        kind = shape.type_name
        if kind == "timestamp":
            wanted = shape.serialization.get("timestampFormat", "iso8601")
            return self._moment if wanted == "iso8601" else timestamps.WRITERS[wanted]
        return _TEXTS.get(kind, _escaped)


def _each(one: Write) -> Write:
    """Return the members of a flattened list, one element each."""

    def each(value: Any, out: Out) -> None:
        if type(value) is Elements:
            out(value.xml())
            return
        for item in value:
            if item is not None:
                one(item, out)

    return each


def _tags(name: str, shape: Any, namespace: str | None) -> tuple[str, str]:
    """Return `<name xmlns=...` without its `>`, and `</name>`."""
    said = shape.serialization.get("xmlNamespace") or {}
    said = {"uri": said} if isinstance(said, str) else said
    opening = f"<{name}"
    if namespace:
        opening += f' xmlns="{namespace}"'
    if said.get("prefix"):
        opening += f' xmlns:{said["prefix"]}="{said["uri"]}"'
    return opening, f"</{name}>"


def escape(text: str) -> str:
    """Return text between tags."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#xD;")
    return text if text.isprintable() else _UNSAYABLE.sub(_reference, text)


def sayable(text: str) -> str:
    """Return text without what no parser of XML 1.0 takes, even as a reference: for errors, which must be
    read."""
    return text if text.isprintable() else _UNSAYABLE.sub("\ufffd", text)


def _reference(found: re.Match[str]) -> str:
    """As S3 shows such a character of a key, though few parsers take it (hence its encoding-type)."""
    return f"&#x{ord(found[0]):x};"


def attribute(escaped: str) -> str:
    """Escaped text between quotes."""
    return escaped.replace('"', "&quot;").replace("\n", "&#xA;").replace("\t", "&#x9;")


def _escaped(value: Any) -> str:
    return escape(str(value))


def _blob(value: bytes | str) -> str:
    return b64encode(value.encode() if isinstance(value, str) else value).decode()


_TEXTS: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "integer": lambda value: str(int(value)),
    "long": lambda value: str(int(value)),
    "float": decimal,
    "double": decimal,
    "blob": _blob,
}
