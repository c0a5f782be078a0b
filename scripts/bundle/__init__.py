"""The whole product in one folder, for machines without a network: `make bundle`, `docs/BUNDLE.md`."""
