"""XML text to parameters, by shape. Document types are refused, so no entity is ever defined. Knows no requests."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clary.wire import timestamps
from clary.wire.parse import numbers
from clary.wire.parse.errors import malformed_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from clary.wire.model import ServiceModel
    from clary.wire.shapes import Shape

Read = Callable[["Element"], Any]

# CompleteMultipartUpload names up to 10,000 parts of five elements each, with two brackets an element.
_MOST_BRACKETS = 160_000


def parse(body: bytes) -> Element:
    """Return the root element. Raise AwsError(MalformedXML) for anything that is not plain, well-formed XML in UTF-8.

    The parser is told the encoding, and NUL is refused, which UTF-16 cannot do without: so no encoding can hide a
    document type from the search for it, and without a document type there are no entities. The number of brackets bounds
    the number of elements before any is made.
    """
    if body.count(b"<") > _MOST_BRACKETS or b"<!DOCTYPE" in body or b"\0" in body:
        raise malformed_xml()
    from xml.etree.ElementTree import ParseError, XMLParser, fromstring  # not before the first document

    try:
        return fromstring(body, XMLParser(encoding="utf-8"))
    except (ParseError, ValueError, LookupError):  # of an encoding that Python does not know
        raise malformed_xml() from None


def local_name(name: str) -> str:
    """Return a name without its namespace (`{http://…}Key`)."""
    return name[name.find("}") + 1 :]


def children_by_name(element: Element) -> dict[str, list[Element]]:
    """Return the children of an element by their local names."""
    found: dict[str, list[Element]] = {}
    for child in element:
        found.setdefault(local_name(child.tag), []).append(child)
    return found


class Reader:
    """Compiles shapes to functions of one element. Unknown elements are dropped."""

    def __init__(self, service: ServiceModel) -> None:
        self._made: dict[Any, Any] = service.compiled.setdefault("read xml", {})

    def of(self, shape: Shape) -> Read:
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            key = (shape.name, repr(shape.serialization))
            if key not in self._made:
                getattr(self, "_" + kind)(key, shape)
            return self._made[key]
        return _scalar(kind)

    def members(self, members: dict[str, Shape]) -> Read:
        """Return a reader of an element that holds these members: what a structure is, without its name."""
        elements: list[tuple[str, str, Callable[[list[Element]], Any]]] = []
        attributes: list[tuple[str, str, Read]] = []
        self._bind(members, elements, attributes)
        return _structure(elements, attributes)

    def _bind(self, members: dict[str, Shape], elements: list[Any], attributes: list[Any]) -> None:
        for name, member in members.items():
            wire = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                attributes.append((name, wire.rpartition(":")[2], self.of(member)))
            elif member.serialization.get("flattened") and member.type_name in ("list", "map"):
                elements.append((name, wire, self._flattened(member)))
            else:
                elements.append((name, wire, _first(self.of(member))))

    def _structure(self, key: Any, shape: Any) -> None:
        elements: list[Any] = []
        attributes: list[Any] = []
        self._made[key] = _structure(elements, attributes)
        self._bind(shape.members, elements, attributes)

    def _list(self, key: Any, shape: Any) -> None:
        read: list[Read] = []
        wire = shape.member.serialization.get("name", "member")
        self._made[key] = lambda element: [
            read[0](child) for child in element if local_name(child.tag) == wire
        ]
        read.append(self.of(shape.member))

    def _map(self, key: Any, shape: Any) -> None:
        pair: list[Any] = []
        self._made[key] = lambda element: dict(
            pair[0](child) for child in element if local_name(child.tag) == "entry"
        )
        pair.append(self._pair(shape))

    def _pair(self, shape: Any) -> Callable[[Element], tuple[Any, Any]]:
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        read = self.of(shape.value)

        def pair(element: Element) -> tuple[Any, Any]:
            found = children_by_name(element)
            if key_name not in found or value_name not in found:
                raise malformed_xml()
            return found[key_name][0].text or "", read(found[value_name][0])

        return pair

    def _flattened(self, shape: Any) -> Callable[[list[Element]], Any]:
        if shape.type_name == "map":
            pair = self._pair(shape)
            return lambda elements: dict(map(pair, elements))
        read = self.of(shape.member)
        return lambda elements: [read(element) for element in elements]


def _first(read: Read) -> Callable[[list[Element]], Any]:
    return lambda elements: read(elements[0])


def _structure(elements: list[Any], attributes: list[Any]) -> Read:
    def structure(element: Element) -> dict[str, Any]:
        out = {}
        found = children_by_name(element)
        for name, wire, read in elements:
            if wire in found:
                out[name] = read(found[wire])
        if attributes:
            given = {local_name(name): text for name, text in element.attrib.items()}
            for name, wire, read in attributes:
                if wire in given:
                    out[name] = read(_text_element(given[wire]))
        return out

    return structure


def _text_element(text: str) -> Element:
    from xml.etree.ElementTree import Element

    element = Element("")
    element.text = text
    return element


def _scalar(kind: str) -> Read:
    convert = CONVERTERS[kind]

    def scalar(element: Element) -> Any:
        if len(element):
            raise malformed_xml()
        try:
            return convert(element.text or "")
        except (ValueError, OverflowError):
            raise malformed_xml() from None

    return scalar


def boolean(text: str) -> bool:
    """Return `true` or `false`, in any case. Raise ValueError."""
    folded = text.strip().lower()
    if folded not in ("true", "false"):
        raise ValueError(text)
    return folded == "true"


def blob(text: str) -> bytes:
    """Base64. Raise ValueError."""
    try:
        return a2b_base64("".join(text.split()), strict_mode=True) if text.strip() else b""
    except Base64Error:
        raise ValueError(text) from None


CONVERTERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "boolean": boolean,
    "integer": numbers.integer,
    "long": numbers.long,
    "float": numbers.floating,
    "double": numbers.floating,
    "timestamp": lambda text: timestamps.parse(text.strip()),
    "blob": blob,
}
