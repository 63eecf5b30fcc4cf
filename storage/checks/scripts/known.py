"""Names that everybody gives to the same module, so that one who uses them without an import has left it out."""

from __future__ import annotations

import re
from collections.abc import Collection

from storage.checks.scripts.specifiers import BUILTINS

DEFAULTS = {
    "express": "express", "axios": "axios", "mongoose": "mongoose", "Redis": "ioredis", "Stripe": "stripe", "dayjs": "dayjs", "moment": "moment",
    "bcrypt": "bcrypt", "jwt": "jsonwebtoken", "cors": "cors", "helmet": "helmet", "morgan": "morgan", "pino": "pino", "React": "react",
    "_": "lodash", "OpenAI": "openai", "Fastify": "fastify", "fastify": "fastify", "knex": "knex", "request": "supertest",
    "multer": "multer", "nodemailer": "nodemailer", "dotenv": "dotenv", "winston": "winston", "cron": "node-cron", "Koa": "koa", "Joi": "joi",
}  # fmt: skip
"""Called as a function or used as an object."""
NAMED = {"z": "zod", "PrismaClient": "@prisma/client", "createClient": "@supabase/supabase-js"} | dict.fromkeys(
    ("useState", "useEffect", "useMemo", "useCallback", "useRef", "useContext", "useReducer", "createContext"), "react"
)
AMBIGUOUS = frozenset(
    {
        "constants",
        "events",
        "module",
        "sys",
        "domain",
        "stream",
        "cluster",
        "console",
        "process",
        "buffer",
        "timers",
        "test",
        "request",
    }
)


def home_of(name: str, text: str, packages: Collection[str]) -> str:
    """The import that is missing, in ticks; "" where nobody can tell."""
    if name in BUILTINS and name not in AMBIGUOUS and re.search(rf"\b{re.escape(name)}\.\w", text):
        return f"`import {name} from 'node:{name}'`"
    if (
        (package := DEFAULTS.get(name))
        and package in packages
        and re.search(rf"\b{re.escape(name)}\s*[.(]|new {re.escape(name)}\b", text)
    ):
        return f"`import {name} from '{package}'`"
    if (package := NAMED.get(name)) and package in packages:
        return f"`import {{ {name} }} from '{package}'`"
    return ""
