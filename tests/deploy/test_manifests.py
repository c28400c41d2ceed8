"""What Compose and Kubernetes are told: valid by their own schemas, and as safe as it says."""

import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

from tests.browser.server import ROOT
from tests.deploy import nginx

NEWEST = kubernetes_validate.latest_version()
OLDEST = "1.30"  # the first with a preStop sleep by default


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kubernetes():
    text = (ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def container(kubernetes):
    (only,) = kubernetes["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_accepts_every_document(kubernetes, version):
    assert set(kubernetes) == {
        *("Deployment", "Service", "Ingress", "HorizontalPodAutoscaler", "NetworkPolicy"),
    }
    for document in kubernetes.values():
        kubernetes_validate.validate(document, version, strict=True)


def test_kubernetes_refuses_a_word_that_it_does_not_know(kubernetes):
    wrong = {**kubernetes["Service"], "spec": {"selektor": {}}}
    with pytest.raises(kubernetes_validate.ValidationError, match="selektor"):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_the_documents_of_kubernetes_find_each_other(kubernetes):
    name = {"app.kubernetes.io/name": "cnnviz"}
    pods = kubernetes["Deployment"]["spec"]
    assert pods["selector"]["matchLabels"] == pods["template"]["metadata"]["labels"] == name
    assert kubernetes["Service"]["spec"]["selector"] == name
    assert kubernetes["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == name
    assert kubernetes["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "cnnviz"
    (path,) = kubernetes["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": "cnnviz", "port": {"name": "http"}}
    assert {port["name"] for port in container(kubernetes)["ports"]} == {"http"}


def test_a_pod_is_nobody_and_writes_nowhere_but_in_its_tmp(kubernetes):
    pod = kubernetes["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert f"USER {pod['securityContext']['runAsUser']}\n" in (ROOT / "Dockerfile").read_text()
    assert container(kubernetes)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container(kubernetes)["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert kubernetes["NetworkPolicy"]["spec"]["egress"] == []


def test_every_probe_asks_for_health_and_there_are_limits(kubernetes):
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container(kubernetes)[probe]["httpGet"]
        assert asked == {"path": "/_stcore/health", "port": "http"}
    assert set(container(kubernetes)["resources"]["limits"]) == {"cpu", "memory"}


def test_a_visit_stays_with_its_pod(kubernetes):
    annotations = kubernetes["Ingress"]["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    annotations = kubernetes["Service"]["metadata"]["annotations"]
    assert annotations["traefik.ingress.kubernetes.io/service.sticky.cookie"] == "true"


def test_compose_accepts_the_file():
    schema = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(
        [sys.executable, "-m", *schema], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_without_a_profile_there_is_the_app_alone(compose):
    alone = [name for name, service in compose["services"].items() if "profiles" not in service]
    assert alone == ["app"]
    assert compose["services"]["app"]["ports"] == ["${CNNVIZ_PORT:-8501}:8501"]


def test_compose_runs_replicas_like_the_app_and_as_safe(compose):
    app, replica = compose["services"]["app"], compose["services"]["replica"]
    assert app["read_only"]
    assert app["cap_drop"] == ["ALL"]
    changed = {"ports", "deploy", "profiles"}
    assert {name: app[name] for name in app if name not in changed} == {
        name: replica[name] for name in replica if name not in changed
    }
    assert app["deploy"]["resources"] == replica["deploy"]["resources"]


def test_no_log_of_compose_fills_a_disk(compose):
    for name, service in compose["services"].items():
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name


def test_compose_tells_nginx_what_the_tests_tell_it(compose):
    given = compose["services"]["nginx"]["environment"]
    replicas = given.pop("CNNVIZ_REPLICAS")
    assert given.pop("NGINX_ENVSUBST_FILTER") == "^CNNVIZ_"
    standard = {
        name: text.removeprefix(f"${{{name}:-").removesuffix("}") for name, text in given.items()
    }
    assert standard == nginx.DEFAULTS
    for service in ("app", "replica"):
        assert f"server {service}:8501 {nginx.REPLICA};" in replicas


def test_compose_mounts_what_nginx_reads(compose):
    sources = [volume.split(":")[0] for volume in compose["services"]["nginx"]["volumes"]]
    for source in sources[:2]:
        assert (ROOT / source).is_file()
    assert (ROOT / sources[1]).stat().st_mode & 0o111  # the image leaves others out
