"""What people call packages that bear another name: the module that code imports, or the words of everyday talk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

NICKNAMES: Mapping[str, Sequence[str]] = {
    "sklearn": ("scikit-learn",), "skimage": ("scikit-image",), "cv2": ("opencv-python", "opencv-python-headless"),
    "opencv": ("opencv-python", "opencv-python-headless"), "pil": ("pillow",), "bs4": ("beautifulsoup4",), "yaml": ("pyyaml",),
    "dateutil": ("python-dateutil",), "dotenv": ("python-dotenv",), "jwt": ("pyjwt",), "jose": ("python-jose",),
    "attr": ("attrs",), "serial": ("pyserial",), "magic": ("python-magic",), "multipart": ("python-multipart",),
    "slugify": ("python-slugify",), "drf": ("djangorestframework",), "restframework": ("djangorestframework",),
    "docx": ("python-docx",), "mysqldb": ("mysqlclient",), "zmq": ("pyzmq",), "nacl": ("pynacl",), "grpc": ("grpcio",),
    "googleprotobuf": ("protobuf",), "efcore": ("Microsoft.EntityFrameworkCore",), "nestjs": ("@nestjs/core",),
    "entityframework": ("Microsoft.EntityFrameworkCore",), "entityframeworkcore": ("Microsoft.EntityFrameworkCore",),
    "agp": ("com.android.tools.build:gradle", "com.android.application"),
    "androidgradleplugin": ("com.android.tools.build:gradle", "com.android.application"),
    "tailwind": ("tailwindcss",), "rtk": ("@reduxjs/toolkit",), "nest": ("@nestjs/core",), "babel": ("@babel/core",),
    "mui": ("@mui/material",), "tanstackquery": ("@tanstack/react-query", "@tanstack/vue-query"),
    "tca": ("swift-composable-architecture",), "liveview": ("phoenix_live_view",),
}  # fmt: skip
"""Without separators and in small letters; only what such a repository asks for counts."""
