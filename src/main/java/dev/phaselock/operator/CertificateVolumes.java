package dev.phaselock.operator;

import dev.phaselock.api.TlsSpec;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the certificates that {@code database.tls} names come into a Job's pod: as files of volumes that may be missing,
 * of which the runner reads the newest at each connection. The operator reads none of them.
 */
final class CertificateVolumes {
    private static final String CA_FOLDER = "/etc/phaselock/ca";
    private static final String CLIENT_FOLDER = "/etc/phaselock/client";

    private final List<EnvVar> environment = new ArrayList<>();
    private final List<VolumeMount> mounts = new ArrayList<>();
    private final List<Volume> volumes = new ArrayList<>();

    CertificateVolumes(@Nullable TlsSpec tls) {
        if (tls == null) {
            return;
        }
        if (tls.caSecretRef() != null) {
            String key = keyOrDefault(tls.caSecretRef().key());
            authority(key);
            volumes.add(secret("ca", tls.caSecretRef().name(), key));
        } else if (tls.caConfigMapRef() != null) {
            String key = keyOrDefault(tls.caConfigMapRef().key());
            authority(key);
            volumes.add(new VolumeBuilder()
                    .withName("ca")
                    .withNewConfigMap()
                    .withName(tls.caConfigMapRef().name())
                    .withItems(item(key))
                    .withOptional(true)
                    .endConfigMap()
                    .build());
        }
        if (tls.clientCertificateSecretRef() != null) {
            environment.add(JobFactory.variable("PHASELOCK_CLIENT_CERTIFICATE_DIR", CLIENT_FOLDER));
            mounts.add(JobFactory.mount("client-certificate", CLIENT_FOLDER, true));
            volumes.add(secret(
                    "client-certificate", tls.clientCertificateSecretRef().name()));
        }
    }

    List<EnvVar> environment() {
        return environment;
    }

    List<VolumeMount> mounts() {
        return mounts;
    }

    List<Volume> volumes() {
        return volumes;
    }

    private void authority(String key) {
        environment.add(JobFactory.variable("PHASELOCK_CA_FILE", CA_FOLDER + "/" + key));
        mounts.add(JobFactory.mount("ca", CA_FOLDER, true));
    }

    /** A volume of all keys when none is given: an optional one that misses a named key would stay empty altogether. */
    private static Volume secret(String volume, String name, String... keys) {
        return new VolumeBuilder()
                .withName(volume)
                .withNewSecret()
                .withSecretName(name)
                .withItems(Stream.of(keys).map(CertificateVolumes::item).toList())
                .withOptional(true)
                .endSecret()
                .build();
    }

    private static KeyToPath item(String key) {
        return new KeyToPath(key, null, key);
    }

    private static String keyOrDefault(@Nullable String key) {
        return key == null ? "ca.crt" : key;
    }
}
