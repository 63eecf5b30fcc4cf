"""Types of which declarations do not tell all: what says little of an object, what programs add members to."""

from __future__ import annotations

import re

SAYING_NOTHING = re.compile(
    r"(?:typeof )?(?:Window|globalThis|Global|Element|HTMLElement|EventTarget|Event|Node|ChildNode|Error|object|Object|Function|"
    r"never|unknown|ProcessEnv|ImportMeta\w*|NodeJS\.\w+|\{\})\b.*|\{\}"
)
"""Types that say little of what an object has."""
NAMELESS = frozenset({"object", "Object", "Function", "never", "unknown", "{}"})
"""Those of them whose own members are nobody's slip of the pen."""
ADDED_TO = re.compile(
    r"(?:typeof )?(?:Request|Response|FastifyRequest|FastifyReply|FastifyInstance|IncomingMessage|ServerResponse|Context|"
    r"Session|SessionData|Socket|User|JwtPayload|Locals|ParameterizedContext|ExtendableContext|DefaultState|Mongoose|Model|PrismaClient|Matchers|Assertion|Provider|Theme)\b.*"
)
"""Types that programs add properties to: nobody's, or those of FRAMEWORKS."""
FRAMEWORKS = frozenset({
    "", "express", "fastify", "koa", "mongoose", "express-session", "passport", "socket.io", "ws", "vitest", "hono", "node",
})  # fmt: skip


def is_open(kind: str, package: str) -> bool:
    """`package` is whose it is, "" for nobody's."""
    return bool(SAYING_NOTHING.fullmatch(kind) or (ADDED_TO.fullmatch(kind) and package in FRAMEWORKS))
