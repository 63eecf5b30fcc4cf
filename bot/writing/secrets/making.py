"""Where software is made and shipped: code hosts, build servers, package registries, scanners."""

from __future__ import annotations

from bot.writing.secrets.form import SCANNING, Form

GITLAB = "https://docs.gitlab.com/security/tokens/"
ATLASSIAN = "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/"
GITHUB = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"

MAKING = (
    Form("GitHub token", r"gh[pousr]_[A-Za-z0-9_]{30,}", "ghp_ gho_ ghu_ ghs_ ghr_", GITHUB),
    Form("GitHub token", r"github_pat_[A-Za-z0-9_]{36,}", "github_pat_", GITHUB),
    Form("GitHub token", r"v1\.[a-f0-9]{40}(?:[^a-f0-9]|$)", "", "https://github.blog/engineering/behind-githubs-new-authentication-token-formats/", is_apart=True),
    Form("GitLab token", r"gl(?:pat|dt|rt|rtr|ptt|soat|ft|cbt|ffct|imt|agent|oas|wt|ptoken)-[A-Za-z0-9_\-.]{16,}", "glpat- gldt- glrt- glrtr- glptt- glsoat- glft- glcbt- glffct- glimt- glagent- gloas- glwt- glptoken-", GITLAB),
    Form("GitLab runner token", r"GR1348941[A-Za-z0-9_\-]{16,}", "GR1348941", GITLAB),
    Form("GitLab session", r"_gitlab_session=([0-9a-z]{32})", "_gitlab_session=", GITLAB),
    Form("Atlassian token", r"AT(?:ATT3|CTT3|BB|STT3|LK)[A-Za-z0-9_\-=]{20,}", "ATATT3 ATCTT3 ATBB ATSTT3 ATLK", ATLASSIAN),
    Form("Trello token", r"ATTA[A-Za-z0-9_\-]{50,}", "ATTA", "https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/"),
    Form("Bitbucket Data Center token", r"BBDC-[A-Za-z0-9+/@_\-]{40,50}", "BBDC-", "https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html"),
    Form("Sourcegraph token", r"sgp_(?:[A-Fa-f0-9]{16}_|local_)?[A-Fa-f0-9]{40}|sl[ky]_[A-Fa-f0-9]{64}|sg[ds]_[A-Fa-f0-9]{64}", "sgp_ slk_ sly_ sgd_ sgs_", "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token"),
    Form("Phabricator token", r"(?:api|cli)-[a-z0-9]{28}(?:[^a-z0-9]|$)", "api- cli-", "https://secure.phabricator.com/book/phabricator/article/conduit/", is_apart=True),
    Form("JetBrains token", r"perm[:\-][A-Za-z0-9+/=_\-]{8,}\.[A-Za-z0-9+/=_\-]{4,}\.[A-Za-z0-9]{20,}", "perm: perm-", "https://www.jetbrains.com/help/youtrack/server/manage-permanent-token.html"),
    Form("TeamCity token", r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_\-]{20,}\.[A-Za-z0-9_\-]{20,}", "eyJ0eXAiOiAiVENWMiJ9", "https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html"),
    Form("SonarQube token", r"sq[upa]_[A-Za-z0-9]{36,}", "squ_ sqp_ sqa_", "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens", is_apart=True),
    Form("Snyk token", r"snyk_(?:uat|sat|oat)\.[a-z0-9]{6,10}\.[A-Za-z0-9_\-.]{20,}", "snyk_uat. snyk_sat. snyk_oat.", "https://docs.snyk.io/snyk-api/authentication-for-api"),
    Form("CircleCI token", r"CCI(?:PAT|PRJ)_[A-Za-z0-9]{18,}_[A-Za-z0-9]{36,}", "CCIPAT_ CCIPRJ_", "https://circleci.com/docs/managing-api-tokens/"),
    Form("Buildkite token", r"bk(?:ua|ct|at|pt|rt|aj|ps)_[A-Za-z0-9]{36,}", "bkua_ bkct_ bkat_ bkpt_ bkrt_ bkaj_ bkps_", "https://buildkite.com/docs/platform/security/tokens"),
    Form("Octopus key", r"API-[A-Z0-9]{25,30}(?:[^A-Za-z0-9]|$)", "API-", "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key", is_apart=True),
    Form("Harness key", r"[ps]at\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}", "pat. sat.", "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/"),
    Form("Postman key", r"PMA[KT]-[A-Za-z0-9]{20,}(?:-[A-Za-z0-9]{20,})?", "PMAK- PMAT-", "https://learning.postman.com/docs/developer/postman-api/authentication/"),
    Form("npm token", r"npm_[A-Za-z0-9]{30,}", "npm_", "https://docs.npmjs.com/about-access-tokens", is_apart=True),
    Form("crates.io token", r"cio[A-Za-z0-9]{32}(?:[^A-Za-z0-9_\-]|$)", "cio", "https://github.com/rust-lang/crates.io/blob/main/crates/crates_io_database/src/utils/token.rs", is_apart=True),
    Form("Inngest signing key", r"signkey-(?:[a-z0-9]{2,12}-)?[a-f0-9]{24,}", "signkey-", "https://api-docs.inngest.com/authentication"),
    Form("Zuplo key", r"zpka_[a-f0-9]{24,}_[a-f0-9]{6,}", "zpka_", "https://zuplo.com/docs/articles/api-key-best-practices"),
    Form("PyPI token", r"pypi-AgE[A-Za-z0-9_\-]{40,}", "pypi-AgE", "https://packaging.python.org/en/latest/specifications/pypirc/"),
    Form("RubyGems key", r"rubygems_[a-f0-9]{40,}", "rubygems_", "https://guides.rubygems.org/api-key-scopes/"),
    Form("NuGet key", r"oy2[a-z0-9]{43}", "oy2", "https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys", is_apart=True),
    Form("Docker token", r"dckr_[op]at_[A-Za-z0-9_\-]{20,}", "dckr_", "https://docs.docker.com/security/access-tokens/"),
    Form("JFrog key", r"AKCp[A-Za-z0-9]{60,}|cmVmd[A-Za-z0-9]{55,}", "AKCp cmVmd", "https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens"),
    Form("Packagist token", r"packagist_[a-z]{3}_[a-f0-9]{50,}", "packagist_", "https://packagist.com/docs/api"),
    Form("Cloudsmith or Gemfury token", r"csa_[A-Za-z0-9]{32,}|fury_[A-Za-z0-9_\-]{20,}", "csa_ fury_", SCANNING, is_apart=True),
    Form("LaunchDarkly key", r"(?:sdk|api|mob)-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", "sdk- api- mob-", "https://launchdarkly.com/docs/sdk/concepts/client-side-server-side"),
    Form("Semgrep or Socket token", r"sktsec_[A-Za-z0-9_]{30,}|semgrep_[a-z]+_[A-Za-z0-9]{30,}", "sktsec_ semgrep_", SCANNING),
    Form("WakaTime key", r"waka_[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", "waka_", "https://wakatime.com/developers"),
    Form("Gitea, Forgejo or Woodpecker token", r"(?i)(?:gitea|forgejo|gogs|codeberg|woodpecker)[a-z_\-]{0,20}[\"']?\s*[:=]\s*[\"']?([a-f0-9]{40})", "itea ITEA orgejo ORGEJO gogs GOGS odeberg oodpecker", "https://docs.gitea.com/development/api-usage"),
    Form("Jenkins token", r"(?:^|[^0-9a-f])(11[0-9a-f]{32})(?:[^0-9a-f]|$)", "jenkins JENKINS Jenkins", "https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/"),
    Form("ConfigCat key", r"configcat-(?:sdk|proxy)-\d/[A-Za-z0-9_\-]{20,}/[A-Za-z0-9_\-]{20,}", "configcat-", "https://configcat.com/docs/sdk-reference/overview/"),
    Form("SonarQube token", r"(?i)sonar\.(?:login|token)(?:[\"' ,=:]{1,4})([0-9a-f]{40})(?:[^0-9a-f]|$)", "sonar.", "https://docs.sonarsource.com/sonarqube-server/user-guide/managing-tokens"),
)  # fmt: skip
