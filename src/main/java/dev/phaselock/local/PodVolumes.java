package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A pod's volumes as folders of files of this machine, readable by their owner only: Secrets, ConfigMaps, both projected,
 * and emptyDir. Written once: a Secret that changes later does not change them.
 */
final class PodVolumes {
    /** Where the API server's admission mounts a token into pods that do not decline it: not provided here. */
    private static final String TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

    private final PodObjects objects;
    private final PodFolder folder;

    PodVolumes(PodObjects objects, PodFolder folder) {
        this.objects = objects;
        this.folder = folder;
    }

    /**
     * Writes the volumes that the container mounts.
     *
     * @return the folder of this machine by the path in the container
     * @throws PodNotReadyException when an object is missing that is not optional
     */
    Map<String, Path> write(Pod pod, Container container)
            throws IOException, PodNotReadyException, PodUnsupportedException {
        Map<String, Path> mounts = new HashMap<>();
        for (VolumeMount mount : container.getVolumeMounts()) {
            if (mount.getMountPath().equals(TOKEN_PATH)) {
                continue;
            }
            if (mount.getSubPath() != null || mount.getSubPathExpr() != null) {
                throw new PodUnsupportedException("subPath of the volume mount " + mount.getName());
            }
            Volume volume = pod.getSpec().getVolumes().stream()
                    .filter(candidate -> candidate.getName().equals(mount.getName()))
                    .findFirst()
                    .orElseThrow();
            Path target = folder.volume(volume.getName());
            PrivateFiles.folder(target);
            write(volume, target);
            mounts.put(mount.getMountPath().replaceFirst("/+$", ""), target);
        }
        return mounts;
    }

    private void write(Volume volume, Path target) throws IOException, PodNotReadyException, PodUnsupportedException {
        if (volume.getSecret() != null) {
            var source = volume.getSecret();
            writeSecret(source.getSecretName(), source.getItems(), source.getOptional(), target);
        } else if (volume.getConfigMap() != null) {
            var source = volume.getConfigMap();
            writeConfigMap(source.getName(), source.getItems(), source.getOptional(), target);
        } else if (volume.getProjected() != null) {
            for (VolumeProjection source : volume.getProjected().getSources()) {
                write(volume.getName(), source, target);
            }
        } else if (volume.getEmptyDir() == null) {
            throw new PodUnsupportedException("the type of the volume " + volume.getName());
        }
    }

    private void write(String volume, VolumeProjection projection, Path target)
            throws IOException, PodNotReadyException, PodUnsupportedException {
        if (projection.getSecret() != null) {
            var source = projection.getSecret();
            writeSecret(source.getName(), source.getItems(), source.getOptional(), target);
        } else if (projection.getConfigMap() != null) {
            var source = projection.getConfigMap();
            writeConfigMap(source.getName(), source.getItems(), source.getOptional(), target);
        } else {
            throw new PodUnsupportedException("a source of the projected volume " + volume);
        }
    }

    private void writeSecret(String name, List<KeyToPath> items, @Nullable Boolean optional, Path target)
            throws IOException, PodNotReadyException, PodUnsupportedException {
        write("secret \"" + name + "\"", objects.secret(name), items, Boolean.TRUE.equals(optional), target);
    }

    private void writeConfigMap(String name, List<KeyToPath> items, @Nullable Boolean optional, Path target)
            throws IOException, PodNotReadyException, PodUnsupportedException {
        write("configmap \"" + name + "\"", objects.configMap(name), items, Boolean.TRUE.equals(optional), target);
    }

    private static void write(
            String what, Optional<Map<String, byte[]>> values, List<KeyToPath> items, boolean optional, Path target)
            throws IOException, PodNotReadyException, PodUnsupportedException {
        if (values.isEmpty() && !optional) {
            throw new PodNotReadyException("ContainerCreating", what + " not found");
        }
        Map<String, byte[]> files = new HashMap<>();
        if (items.isEmpty()) {
            files.putAll(values.orElse(Map.of()));
        }
        for (KeyToPath item : items) {
            byte[] value = values.orElse(Map.of()).get(item.getKey());
            if (value != null) {
                files.put(item.getPath(), value);
            } else if (!optional) {
                throw new PodNotReadyException("ContainerCreating", what + " has no key \"" + item.getKey() + "\"");
            }
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = target.resolve(file.getKey()).normalize();
            if (!path.startsWith(target)) {
                throw new PodUnsupportedException("a path out of the volume: " + file.getKey());
            }
            PrivateFiles.folder(path.getParent());
            PrivateFiles.write(path, file.getValue());
        }
    }
}
