"""TypeScript's settings: options that it does not have, and values outside their set.

As of 5.9, with what 6 and 7 brought (https://www.typescriptlang.org/tsconfig/). What fell away in a newer version is none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.shell.flags import slip

HELD = "TypeScript's options"
TRUTHS = """
help watch preserveWatchOutput listFiles explainFiles listEmittedFiles pretty traceResolution diagnostics extendedDiagnostics
incremental declaration declarationMap emitDeclarationOnly sourceMap inlineSourceMap noCheck noEmit
assumeChangesOnlyAffectDirectDependencies all version init showConfig listFilesOnly allowJs checkJs composite removeComments
importHelpers downlevelIteration isolatedModules verbatimModuleSyntax isolatedDeclarations erasableSyntaxOnly libReplacement
strict noImplicitAny strictNullChecks strictFunctionTypes strictBindCallApply strictPropertyInitialization
strictBuiltinIteratorReturn noImplicitThis useUnknownInCatchVariables alwaysStrict noUnusedLocals noUnusedParameters
exactOptionalPropertyTypes noImplicitReturns noFallthroughCasesInSwitch noUncheckedIndexedAccess noImplicitOverride
noPropertyAccessFromIndexSignature allowSyntheticDefaultImports esModuleInterop preserveSymlinks allowUmdGlobalAccess
allowImportingTsExtensions rewriteRelativeImportExtensions resolvePackageJsonExports resolvePackageJsonImports
noUncheckedSideEffectImports inlineSources experimentalDecorators emitDecoratorMetadata resolveJsonModule allowArbitraryExtensions
skipDefaultLibCheck emitBOM noErrorTruncation noLib noResolve stripInternal disableSizeLimit
disableSourceOfProjectReferenceRedirect disableSolutionSearching disableReferencedProjectLoad noImplicitUseStrict noEmitHelpers
noEmitOnError preserveConstEnums skipLibCheck allowUnusedLabels allowUnreachableCode suppressExcessPropertyErrors
suppressImplicitAnyIndexErrors forceConsistentCasingInFileNames noStrictGenericChecks useDefineForClassFields preserveValueImports
keyofStringsOnly stableTypeOrdering deduplicatePackages singleThreaded
""".split()
TEXTS = """
generateCpuProfile generateTrace locale project outFile outDir rootDir tsBuildInfoFile baseUrl sourceRoot mapRoot jsxFactory
jsxFragmentFactory jsxImportSource out reactNamespace charset declarationDir ignoreDeprecations
""".split()
KINDS = {
    **dict.fromkeys(TRUTHS, "truth"),
    **dict.fromkeys(TEXTS, "text"),
    **dict.fromkeys(("rootDirs", "typeRoots", "types", "moduleSuffixes", "customConditions", "plugins", "lib"), "list"),
    **dict.fromkeys(("maxNodeModuleJsDepth", "checkers", "builders"), "integer"),
    "paths": "map",
}
VALUES = {
    "target": "es3 es5 es6 es2015 es2016 es2017 es2018 es2019 es2020 es2021 es2022 es2023 es2024 es2025 esnext",
    "module": "none commonjs amd system umd es6 es2015 es2020 es2022 esnext node16 node18 node20 nodenext preserve",
    "moduleResolution": "node10 node classic node16 nodenext bundler",
    "jsx": "preserve react-native react-jsx react-jsxdev react",
    "importsNotUsedAsValues": "remove preserve error",
    "newLine": "crlf lf",
    "moduleDetection": "auto legacy force",
}
OLDER = {"target": {"latest", "es2026"}, "moduleResolution": {"minimal"}}
LIBRARY = re.compile(r"(?:es[35-7]|es20\d\d|esnext|dom|webworker|scripthost|decorators)(?:\.\w+)*|@.*", re.IGNORECASE)
LIBRARIES = tuple(
    """
    es5 es2015 es2020 es2022 esnext dom dom.iterable webworker scripthost decorators
    """.split()
)
NEEDS = {
    "declarationMap": "declaration composite",
    "emitDeclarationOnly": "declaration composite",
    "isolatedDeclarations": "declaration composite",
    "emitDecoratorMetadata": "experimentalDecorators",
    "exactOptionalPropertyTypes": "strict strictNullChecks",
    "strictPropertyInitialization": "strict strictNullChecks",
    "inlineSources": "sourceMap inlineSourceMap",
    "allowImportingTsExtensions": "noEmit emitDeclarationOnly rewriteRelativeImportExtensions",
}
AGAINST = (("sourceMap", "inlineSourceMap"), ("declarationDir", "outFile"))
"""What the compiler takes only beside one of others, and never together (its `verifyCompilerOptions`)."""
PLACES = frozenset(
    """
    $schema extends compilerOptions include exclude files references compileOnSave typeAcquisition watchOptions ts-node buildOptions
    vueCompilerOptions angularCompilerOptions display _version docs
    """.split()
)
OF_OTHERS = frozenset(
    ["deleteOutDir", "assets", "webpack", "builder", "tsConfigPath", "webpackConfigPath", "jsxPrecompileSkipElements"]
)
"""Options under the same name in the settings of Nest and Deno."""
WORDS = {"truth": "true or false", "text": "a text", "list": "an array", "integer": "a number", "map": "an object"}
FILE = re.compile(r"(?:^|/)(?:tsconfig|jsconfig)[\w.-]*\.json$")


def is_one(document: Node, path: str) -> bool:
    options = nodes.at(document, "compilerOptions")
    if options is None:
        return bool(path and FILE.search(path))
    if OF_OTHERS & nodes.keys(options) or nodes.text(nodes.at(options, "jsx")) == "precompile":
        return False
    return bool(FILE.search(path)) if path else nodes.keys(document) <= PLACES


def _together(options: Node | None) -> Iterator[Finding]:
    """Options that do not fit each other, in a file that takes none from elsewhere."""
    told = {name: (nodes.text(value).lower(), line) for name, value, line in nodes.pairs(options)}
    is_on = {name for name, (value, _) in told.items() if value != "false"}
    for name, others in NEEDS.items():
        if name in is_on and not is_on.intersection(others.split()):
            yield Finding(told[name][1], "argument", f"`{name}` needs `{'` or `'.join(others.split())}`")
    for one, other in AGAINST:
        if {one, other} <= is_on:
            yield Finding(told[other][1], "argument", f"`{other}` cannot stand beside `{one}`")
    (module, at), (resolution, below) = (told.get(name, ("", 0)) for name in ("module", "moduleResolution"))
    if resolution in ("node16", "nodenext") and module and not module.startswith("node"):
        yield Finding(at, "argument", f"`moduleResolution: {resolution}` needs `module: {resolution}`, not `{module}`")
    elif (
        module in ("node16", "node18", "node20", "nodenext") and resolution and resolution not in ("node16", "nodenext")
    ):
        yield Finding(
            below, "argument", f"`module: {module}` needs `moduleResolution: nodenext` or none, not `{resolution}`"
        )
    elif resolution == "bundler" and module in ("amd", "umd", "system", "none"):
        yield Finding(
            below,
            "argument",
            f"`moduleResolution: bundler` needs `module: preserve` or `es2015` and later, not `{module}`",
        )


def read(document: Node) -> Iterator[Finding]:
    options = nodes.at(document, "compilerOptions")
    for name, _, line in nodes.pairs(document):
        if near := slip(name, sorted(PLACES - nodes.keys(document))):
            yield Finding(line, "name", f"TypeScript reads no `{name[:40]}`; did you mean `{near}`?")
    if "extends" not in nodes.keys(document):
        yield from _together(options)
    known = sorted(KINDS.keys() | VALUES.keys())
    for name, value, line in nodes.pairs(options):
        found = nodes.kind(value)
        if name not in known:
            yield Finding(line, "name", f"TypeScript has no option `{name[:40]}`{nodes.near(name, known)}")
        elif found in ("", "nothing"):
            continue
        elif name in VALUES:
            told, allowed = nodes.text(value).lower(), VALUES[name].split()
            if found != "text" or (told not in allowed and told not in OLDER.get(name, ())):
                yield Finding(
                    nodes.line(value),
                    "argument",
                    f"`{name}` is {', '.join(allowed)}, not `{told[:40]}`{nodes.near(told, allowed)}",
                )
        elif found != KINDS[name]:
            yield Finding(nodes.line(value), "argument", f"`{name}` is {WORDS[KINDS[name]]}")
    for one in nodes.items(nodes.at(document, "compilerOptions", "lib")):
        if not LIBRARY.fullmatch(nodes.text(one)):
            near = nodes.near(nodes.text(one).lower(), LIBRARIES)
            yield Finding(nodes.line(one), "argument", f"TypeScript has no library `{nodes.text(one)[:40]}`{near}")
    for name in ("include", "exclude", "files", "references"):
        listed = nodes.at(document, name)
        if listed is not None and nodes.kind(listed) not in ("", "list"):
            yield Finding(nodes.line(listed), "argument", f"`{name}` is an array")
