"""The bill of materials of a bundle, in CycloneDX's JSON, held to the schema of CycloneDX."""

from __future__ import annotations

from collections.abc import Iterable

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from scripts.bundle.licences import Part

TYPES = {
    "wheel": ComponentType.LIBRARY,
    "deb": ComponentType.LIBRARY,
    "library": ComponentType.LIBRARY,
    "model": ComponentType.MACHINE_LEARNING_MODEL,
    "interpreter": ComponentType.PLATFORM,
}


def bill_of_materials(product: str, version: str, parts: Iterable[Part]) -> str:
    """JSON of CycloneDX 1.6; `ValueError` where it is not what the schema asks for."""
    bom = Bom()
    root = Component(name=product, version=version, type=ComponentType.APPLICATION, bom_ref=product)
    root.licenses.add(LicenseFactory().make_from_string("Apache-2.0"))
    bom.metadata.component = root
    components = [_component(part) for part in parts]
    for component in components:
        bom.components.add(component)
    bom.register_dependency(root, components)
    text = JsonV1Dot6(bom).output_as_string(indent=1)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The bill of materials is not what its schema asks for: {wrong}")
    return text


def _component(part: Part) -> Component:
    component = Component(
        name=part.name, version=part.version or None, type=TYPES[part.sort], purl=_purl(part),
        bom_ref=f"{part.sort}/{part.name}@{part.version}",
    )  # fmt: skip
    if part.licence or part.texts:
        told = part.licence or f"see licences/{part.sort}/{part.name}"
        component.licenses.add(LicenseFactory().make_from_string(told))
    if part.sha256:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=part.sha256))
    if part.homepage.startswith("http"):
        component.external_references.add(
            ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(part.homepage))
        )
    return component


def _purl(part: Part) -> PackageURL | None:
    if part.sort == "wheel":
        return PackageURL("pypi", name=part.name.lower().replace("_", "-"), version=part.version)
    if part.sort in ("deb", "library") and part.version:
        return PackageURL("deb", namespace="debian", name=part.name, version=part.version)
    if part.sort == "model" and part.homepage.count("/") == 1:
        namespace, _, name = part.homepage.partition("/")
        return PackageURL("huggingface", namespace=namespace, name=name, version=part.version or None)
    return None
