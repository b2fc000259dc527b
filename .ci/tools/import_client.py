"""Import every module of the generated client, and find one for each operation of the document."""

import importlib
import json
import pathlib
import pkgutil
import sys

document, package = pathlib.Path(sys.argv[1]), sys.argv[2]
root = importlib.import_module(package)
names = [m.name for m in pkgutil.walk_packages(root.__path__, f"{package}.")]
modules = [importlib.import_module(name) for name in names]
made = sum(hasattr(m, "sync_detailed") for m in modules)

methods = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
paths = json.loads(document.read_text())["paths"]
wanted = sum(len(methods & item.keys()) for item in paths.values())
print(f"{len(modules)} modules, {made} of {wanted} operations")
sys.exit(0 if made == wanted > 0 else f"{wanted - made} operations have no function in the generated client")
