#!/usr/bin/env bash
# From a clean clone to a running pod: installs what is missing, builds, starts a one-node cluster and runs a first pod. Run it again at any time.
# Arguments are passed on to `minik8s up`, for example: ./up.sh --port 7443 --data-dir /srv/minik8s
set -euo pipefail
cd "$(dirname "$0")"
[[ $(id -u) == 0 ]] || exec sudo --preserve-env=KUBECONFIG "$0" "$@"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
step() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

step 'Installing what is missing'
eng/install-prerequisites.sh run
eng/install-dotnet.sh
export PATH=$PATH:/usr/share/dotnet:/usr/local/share/dotnet

step 'Building the executable (a few minutes the first time)'
eng/publish.sh
cmp -s artifacts/minik8s /usr/local/bin/minik8s || install -m 0755 artifacts/minik8s /usr/local/bin/minik8s

data=/var/lib/minik8s previous=
for argument in "$@"; do
    [[ $previous == --data-dir ]] && data=$argument
    [[ $argument == --data-dir=* ]] && data=${argument#*=}
    previous=$argument
done

step 'Making the sample images'
samples/images/build.sh "$data/images" /usr/local/bin/minik8s

step 'Starting the cluster'
if minik8s status --data-dir "$data" --quiet; then
    echo 'It is running already.'
elif [[ -d /run/systemd/system ]]; then
    sed "s|^ExecStart=.*|ExecStart=/usr/local/bin/minik8s up $*|" deploy/systemd/minik8s.service >/etc/systemd/system/minik8s.service
    systemctl daemon-reload
    systemctl enable --quiet --now minik8s
else
    mkdir -p /var/log/minik8s
    setsid minik8s up "$@" >>/var/log/minik8s/minik8s.log 2>&1 </dev/null &
    disown
fi
minik8s status --data-dir "$data" --wait 120s

step 'Running a first pod'
kubeconfig=$(minik8s status --data-dir "$data" --print-kubeconfig)
kubectl --kubeconfig "$kubeconfig" apply -f samples/pod.yaml
kubectl --kubeconfig "$kubeconfig" wait --for=condition=Ready pod/pod --timeout=120s
kubectl --kubeconfig "$kubeconfig" get pod pod -o wide

cat <<END

The cluster is up. The context "minik8s" is in your kubeconfig:
  kubectl get nodes,pods -A                 what is there
  kubectl exec -it pod -c downloader -- sh  a shell in the pod
  kubectl port-forward pod/pod 8080:80      its web server at http://localhost:8080
  minik8s down                              stop everything and leave nothing behind
END
