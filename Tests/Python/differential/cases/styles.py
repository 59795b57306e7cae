"""Whole kubeconfigs as the tools of providers and distributions write them."""

from case import LIST, Case, arrives
from cases.plugins import PLUGIN, V1BETA1, credential
from kubeconfig import HOME_CONFIG

ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/{}/rollouts"
BEARER = "Bearer s3cr3t-w0rd-issued"


def of_plugin(name: str, text: str, program: str, **more) -> Case:
    """A kubeconfig with a plugin on PATH that issues a token for v1beta1."""
    files = {HOME_CONFIG: text, f"bin/{program}": PLUGIN, "answer": credential({
        "expirationTimestamp": "2999-01-01T00:00:00Z", "token": "s3cr3t-w0rd-issued"}, V1BETA1)}
    return Case(name, arrives(authorization=BEARER), files, since=22, **more)


EKS = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: @CA_DATA@
    server: @SERVER@
  name: arn:aws:eks:eu-west-1:111122223333:cluster/shop
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/shop
    user: arn:aws:eks:eu-west-1:111122223333:cluster/shop
  name: arn:aws:eks:eu-west-1:111122223333:cluster/shop
current-context: arn:aws:eks:eu-west-1:111122223333:cluster/shop
kind: Config
preferences: {}
users:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/shop
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - shop
      - --output
      - json
      command: aws
      env:
      - name: PLUGIN_VARIABLE
        value: shop-admin
      interactiveMode: IfAvailable
      provideClusterInfo: false
"""

GKE = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: @CA_DATA@
    server: @SERVER@
  name: gke_shop_europe-west1_prod
contexts:
- context:
    cluster: gke_shop_europe-west1_prod
    namespace: checkout
    user: gke_shop_europe-west1_prod
  name: gke_shop_europe-west1_prod
current-context: gke_shop_europe-west1_prod
kind: Config
preferences: {}
users:
- name: gke_shop_europe-west1_prod
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args: null
      command: gke-gcloud-auth-plugin
      env: null
      installHint: Install gke-gcloud-auth-plugin for use with kubectl by following
        the vendor's instructions
      interactiveMode: IfAvailable
      provideClusterInfo: true
"""

AKS = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: @CA_DATA@
    server: @SERVER@
  name: shop-aks
contexts:
- context:
    cluster: shop-aks
    user: clusterUser_shop_shop-aks
  name: shop-aks
current-context: shop-aks
kind: Config
preferences: {}
users:
- name: clusterUser_shop_shop-aks
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 00000000-0000-0000-0000-000000000000
      - --login
      - azurecli
      command: kubelogin
      env: null
      installHint: |2

        kubelogin is not installed which is required to connect to AAD enabled cluster.

        To learn more, please see the manual
      provideClusterInfo: false
"""

KIND = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: @CA_DATA@
    server: @SERVER@
  name: kind-kind
contexts:
- context:
    cluster: kind-kind
    user: kind-kind
  name: kind-kind
current-context: kind-kind
kind: Config
preferences: {}
users:
- name: kind-kind
  user:
    client-certificate-data: @CERT_DATA@
    client-key-data: @KEY_DATA@
"""

MINIKUBE = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority: @CA@
    extensions:
    - extension:
        last-update: Mon, 01 Jan 2024 10:00:00 CET
        provider: minikube
        version: v1.32.0
      name: cluster_info
    server: @SERVER@
  name: minikube
contexts:
- context:
    cluster: minikube
    extensions:
    - extension:
        last-update: Mon, 01 Jan 2024 10:00:00 CET
        version: v1.32.0
      name: context_info
    namespace: default
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    client-certificate: @CERT@
    client-key: @KEY@
"""

OPENSHIFT = """\
apiVersion: v1
clusters:
- cluster:
    insecure-skip-tls-verify: true
    server: @SERVER@
  name: api-shop-test:6443
contexts:
- context:
    cluster: api-shop-test:6443
    namespace: checkout
    user: jane/api-shop-test:6443
  name: checkout/api-shop-test:6443/jane
current-context: checkout/api-shop-test:6443/jane
kind: Config
preferences: {}
users:
- name: jane/api-shop-test:6443
  user:
    token: sha256~s3cr3t-w0rd
"""

RANCHER = """\
apiVersion: v1
kind: Config
clusters:
- name: "shop"
  cluster:
    server: "@SERVER@/k8s/clusters/c-m-abcdefgh"
    certificate-authority-data: "@CA_DATA_FOLDED@"

users:
- name: "shop"
  user:
    token: "kubeconfig-user-abcde:s3cr3t-w0rd"


contexts:
- name: "shop"
  context:
    user: "shop"
    cluster: "shop"

current-context: "shop"
"""

TELEPORT = """\
apiVersion: v1
kind: Config
preferences: {}
current-context: teleport-shop
clusters:
- {name: teleport, cluster: {server: '@SERVER@', certificate-authority-data: @CA_DATA@,
    tls-server-name: api.test.invalid, insecure-skip-tls-verify: false}}
contexts:
- {name: teleport-shop, context: {cluster: teleport, user: teleport-shop,
    extensions: [{name: teleport.kube.name, extension: shop}]}}
users:
- name: teleport-shop
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: @DIR@/bin/tsh
      args: [kube, credentials, --kube-cluster=shop, --teleport-cluster=teleport, '--proxy=proxy.test.invalid:443']
      env: []
      provideClusterInfo: false
"""

CASES = [
    of_plugin("EKS", EKS, "aws"),
    of_plugin("EKS with a profile around it", EKS, "aws",
              environment={"PLUGIN_VARIABLE": "other", "AWS_PROFILE": "shop"}),
    of_plugin("GKE", GKE, "gke-gcloud-auth-plugin", ask=LIST),
    of_plugin("AKS", AKS, "kubelogin"),
    of_plugin("Teleport", TELEPORT, "tsh"),
    Case("kind", arrives(client_certificate="client", authorization=None), {HOME_CONFIG: KIND}),
    Case("minikube", arrives(client_certificate="client", path=ROLLOUTS.format("default")), {HOME_CONFIG: MINIKUBE},
         ask=LIST),
    Case("OpenShift", arrives(authorization="Bearer sha256~s3cr3t-w0rd", path=ROLLOUTS.format("checkout")),
         {HOME_CONFIG: OPENSHIFT},
         ask=LIST),
    Case("Rancher", arrives(authorization="Bearer kubeconfig-user-abcde:s3cr3t-w0rd",
                            path="/k8s/clusters/c-m-abcdefgh" + ROLLOUTS.format("default")), {HOME_CONFIG: RANCHER},
         ask=LIST),
    Case("two providers' kubeconfigs in one list", arrives(client_certificate="client"),
         {"here/gke": GKE, "here/kind": KIND}, environment={"KUBECONFIG": "gke:kind"}, flags=("--context=kind-kind",)),
]
