package dev.phaselock.local;

import java.nio.file.Path;

/** The configuration of the programs of a {@link RealNode}. */
final class NodeFiles {
    /** containerd's, in the node's own /run. */
    static final String CONTAINERD_SOCKET = "/run/containerd/containerd.sock";
    /** The image of each pod's first process; there is no registry to have one of that name. */
    static final String PAUSE_IMAGE = "phaselock.invalid/pause:1";

    private NodeFiles() {}

    /** The name of the cgroup of all pods, under the root of each hierarchy. */
    static String cgroup(Path folder) {
        return "phaselock-" + Integer.toHexString(folder.toString().hashCode());
    }

    /**
     * What the first process in the namespaces does before it becomes the program that is the script's argument. It gives
     * the node folders of its own where programs write whatever they are told; and files in which the kubelet, which would
     * change these settings of the machine, finds what it wants.
     */
    static String namespaces(Path folder, NodeNetwork network) {
        return """
                set -eu
                mount --make-rshared /
                mount -t proc proc /proc
                mount -t tmpfs tmpfs /run
                mount -t tmpfs tmpfs /var/log
                mkdir -p /run/lib/upper /run/lib/work /run/settings
                mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/lib/upper,workdir=/run/lib/work /var/lib
                hide() {
                    echo "$2" >"/run/settings/$1"
                    mount --bind "/run/settings/$1" "/proc/sys/$(echo "$1" | tr . /)"
                }
                hide vm.overcommit_memory 1
                hide vm.panic_on_oom 0
                hide kernel.panic 10
                hide kernel.panic_on_oops 1
                hide kernel.keys.root_maxkeys 1000000
                hide kernel.keys.root_maxbytes 25000000
                # Where it is a link, that may lead into the machine's /run.
                resolv=$(readlink -m /etc/resolv.conf)
                echo "nameserver %1$s" >/run/resolv.conf
                if [ ! -e "$resolv" ]; then
                    mkdir -p "$(dirname "$resolv")"
                    : >"$resolv"
                fi
                mount --bind /run/resolv.conf "$resolv"
                ip link set lo up
                echo 1 >/proc/sys/net/ipv4/ip_forward
                # Built in here, a module there.
                modprobe -a overlay br_netfilter 2>/dev/null || true
                if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
                    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
                fi
                : >'%2$s/made'
                exec "$1"
                """.formatted(network.node(), folder);
    }

    /** The plugins' folder, restricted as a container may be whose machine is itself one, and nothing from a registry. */
    static String containerd(Path folder, Path plugins) {
        return """
                version = 2
                root = "%1$s/containerd"
                state = "/run/containerd"
                [grpc]
                  address = "%2$s"
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "%3$s"
                  restrict_oom_score_adj = true
                  [plugins."io.containerd.grpc.v1.cri".cni]
                    bin_dir = "%4$s"
                    conf_dir = "%1$s/cni"
                  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                    runtime_type = "io.containerd.runc.v2"
                    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                      SystemdCgroup = false
                """.formatted(folder, CONTAINERD_SOCKET, PAUSE_IMAGE, plugins);
    }

    static String bridge(NodeNetwork network) {
        return """
                {
                  "cniVersion": "0.4.0",
                  "name": "pods",
                  "plugins": [{
                    "type": "bridge",
                    "bridge": "pods",
                    "isGateway": true,
                    "hairpinMode": true,
                    "ipam": {
                      "type": "host-local",
                      "dataDir": "/run/cni",
                      "ranges": [[{"subnet": "%s"}]],
                      "routes": [{"dst": "0.0.0.0/0"}]
                    }
                  }]
                }
                """.formatted(network.pods());
    }

    /**
     * @param clientCertificate of the API server, the only one that may ask it
     */
    static String kubelet(Path folder, NodeNetwork network, Path clientCertificate) {
        return """
                apiVersion: kubelet.config.k8s.io/v1beta1
                kind: KubeletConfiguration
                address: %1$s
                authentication:
                  anonymous: {enabled: false}
                  webhook: {enabled: false}
                  x509: {clientCAFile: "%2$s"}
                authorization: {mode: AlwaysAllow}
                containerRuntimeEndpoint: unix://%3$s
                cgroupDriver: cgroupfs
                cgroupRoot: /%4$s
                cgroupsPerQOS: false
                enforceNodeAllocatable: []
                failCgroupV1: false
                failSwapOn: false
                localStorageCapacityIsolation: false
                # Never short of disk on a disk that others fill.
                evictionHard: {memory.available: 100Mi}
                resolvConf: ""
                clusterDNS: [%1$s]
                clusterDomain: cluster.local
                volumePluginDir: "%5$s/volume-plugins"
                """.formatted(network.node(), clientCertificate, CONTAINERD_SOCKET, cgroup(folder), folder);
    }

    static String proxy(String node, Path kubeconfig) {
        return """
                apiVersion: kubeproxy.config.k8s.io/v1alpha1
                kind: KubeProxyConfiguration
                mode: iptables
                hostnameOverride: %s
                clientConnection: {kubeconfig: "%s"}
                # The limits are the machine's.
                conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
                iptables: {minSyncPeriod: 100ms}
                """.formatted(node, kubeconfig);
    }

    /** Names of the cluster; every other is refused at once. */
    static String dns(NodeNetwork network, Path kubeconfig) {
        return """
                cluster.local:53 {
                    bind %s
                    errors
                    kubernetes {
                        kubeconfig %s
                    }
                }
                """.formatted(network.node(), kubeconfig);
    }
}
