package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Who may talk to a control plane: a static token for each user, and the key that signs the tokens of service accounts.
 *
 * @param folder the control plane's
 * @param users in no order
 */
record ControlPlaneCredentials(Path folder, List<User> users) {
    /**
     * One who may log in.
     *
     * @param name the user's name in Kubernetes
     * @param group the user's group; empty for none
     * @param kubeconfig the name of the user's file in the folder
     * @param token what proves it
     */
    record User(String name, String group, String kubeconfig, String token) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Makes new tokens, and keys unless there are some, and writes them where the API server is told to look. */
    static ControlPlaneCredentials create(Path folder, List<String> nodes) throws IOException {
        List<User> users = new ArrayList<>();
        users.add(new User("phaselock:admin", "system:masters", "kubeconfig", newToken()));
        users.add(new User("system:kube-controller-manager", "", "controller-manager.kubeconfig", newToken()));
        users.add(new User("system:kube-scheduler", "", "scheduler.kubeconfig", newToken()));
        users.add(new User("system:kube-proxy", "", "kube-proxy.kubeconfig", newToken()));
        for (String node : nodes) {
            users.add(new User("system:node:" + node, "system:nodes", "node-" + node + ".kubeconfig", newToken()));
        }
        PrivateFiles.write(
                folder.resolve("tokens.csv"),
                users.stream()
                        .map(user -> "%s,%s,%s,%s\n".formatted(user.token(), user.name(), user.name(), user.group()))
                        .collect(Collectors.joining()));
        if (!Files.exists(folder.resolve("service-accounts.pub"))) {
            KeyPair keys = newKeys();
            PrivateFiles.write(
                    folder.resolve("service-accounts.key"),
                    Pem.text("PRIVATE KEY", keys.getPrivate().getEncoded()));
            PrivateFiles.write(
                    folder.resolve("service-accounts.pub"),
                    Pem.text("PUBLIC KEY", keys.getPublic().getEncoded()));
        }
        return new ControlPlaneCredentials(folder, List.copyOf(users));
    }

    void writeKubeconfigs(String server, Path certificateAuthority) throws IOException {
        for (User user : users) {
            Kubeconfig.write(
                    folder.resolve(user.kubeconfig()), server, certificateAuthority, user.name(), user.token());
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException | InvalidAlgorithmParameterException e) {
            throw new IllegalStateException("Every JDK has the curve secp256r1", e);
        }
    }

    private static String newToken() {
        byte[] bytes = new byte[24];
        new SecureRandom().nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
