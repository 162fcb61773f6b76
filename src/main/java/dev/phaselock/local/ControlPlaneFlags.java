package dev.phaselock.local;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The flags of a control plane's programs; files are relative to its folder. */
final class ControlPlaneFlags {
    /** What Jobs need; a {@link StandInNode} needs no more. */
    private static final List<String> CONTROLLERS = List.of(
            "job-controller",
            "garbage-collector-controller",
            "namespace-controller",
            "serviceaccount-controller",
            "serviceaccount-token-controller",
            "root-ca-certificate-publisher-controller",
            "clusterrole-aggregation-controller",
            "ttl-after-finished-controller",
            "pod-garbage-collector-controller",
            "disruption-controller");

    private ControlPlaneFlags() {}

    /** Not synced to disk: what is lost with the machine is lost. */
    static Map<String, String> etcd() {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("name", "local");
        flags.put("data-dir", "etcd");
        flags.put("unsafe-no-fsync", "true");
        flags.put("log-level", "warn");
        flags.put("listen-client-urls", "unix://etcd.sock");
        // Nobody asks for it, but it has to be there and to name a port.
        flags.put("advertise-client-urls", "http://127.0.0.1:2379");
        flags.put("listen-peer-urls", "http://127.0.0.1:0");
        flags.put("initial-advertise-peer-urls", "http://127.0.0.1:0");
        flags.put("initial-cluster", "local=http://127.0.0.1:0");
        return flags;
    }

    static Map<String, String> apiServer(ControlPlane.Options options, int port) {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("etcd-servers", "unix://etcd.sock");
        flags.put("bind-address", options.address());
        flags.put("secure-port", Integer.toString(port));
        flags.put("cert-dir", "certificates");
        flags.put("anonymous-auth", "false");
        flags.put("token-auth-file", "tokens.csv");
        flags.put("authorization-mode", "Node,RBAC");
        flags.put("enable-admission-plugins", "NodeRestriction");
        flags.put("service-account-issuer", "https://kubernetes.default.svc");
        flags.put("service-account-key-file", "service-accounts.pub");
        flags.put("service-account-signing-key-file", "service-accounts.key");
        flags.put("service-cluster-ip-range", "10.96.0.0/16");
        if (options.kubelets()) {
            flags.put("kubelet-client-certificate", "kubelet-client.crt");
            flags.put("kubelet-client-key", "kubelet-client.key");
            flags.put("kubelet-preferred-address-types", "InternalIP");
        }
        flags.put("profiling", "false");
        return flags;
    }

    static Map<String, String> controllerManager(ControlPlane.Options options) {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("kubeconfig", "controller-manager.kubeconfig");
        flags.put("use-service-account-credentials", "true");
        flags.put("service-account-private-key-file", "service-accounts.key");
        flags.put("root-ca-file", "certificates/apiserver.crt");
        flags.put("controllers", options.kubelets() ? "*" : String.join(",", CONTROLLERS));
        flags.put("leader-elect", "false");
        flags.put("secure-port", "0");
        flags.put("profiling", "false");
        return flags;
    }
}
