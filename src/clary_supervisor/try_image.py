"""A program that the executor runs to see whether an image's files can be had on this machine: an overlay below the home, and
bubblewrap in it. It leaves nothing behind.

    python try_image.py HOME BWRAP userns|''
"""

from __future__ import annotations

import os
import sys
import tempfile


def main(home: str, bwrap: str, userns: str) -> int:
    """Return 0 when a program has run in an image of one empty layer."""
    from clary_supervisor import container, libc

    with tempfile.TemporaryDirectory(prefix="try-image-", dir=home) as folder:
        for name in ("lower", "upper", "work", "root"):
            os.mkdir(f"{folder}/{name}")
        child = os.fork()
        if child == 0:
            libc.unshare(libc.CLONE_NEWNS)
            libc.mount("", "/", flags=libc.MS_REC | libc.MS_SLAVE)
            os.chdir(folder)
            libc.mount("overlay", "root", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work")
            words = [
                bwrap,
                "--unshare-pid",
                "--cap-drop",
                "ALL",
                "--bind",
                "root",
                "/",
                "--ro-bind",
                "/usr",
                "/usr",
            ]
            for name in ("bin", "lib", "lib64"):
                words += ["--symlink", f"usr/{name}", f"/{name}"] if os.path.islink(f"/{name}") else []
                words += [] if os.path.islink(f"/{name}") else ["--ro-bind-try", f"/{name}", f"/{name}"]
            if userns:
                namespace = container.user_namespace()
                os.set_inheritable(namespace, True)
                words += ["--userns", str(namespace)]
            os.execv(bwrap, [*words, "--proc", "/proc", "--dev", "/dev", "--", "/bin/true"])
        return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    package = type(sys)("clary_supervisor")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules[package.__name__] = package
    sys.exit(1 if main(*sys.argv[1:4]) else 0)
