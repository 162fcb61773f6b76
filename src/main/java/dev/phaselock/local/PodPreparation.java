package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes of a pod what can be started on this machine. Nothing is mounted, for that needs root: an environment variable
 * whose value is the path of a volume mount or of the termination message, or begins with one, gets the path of this
 * machine instead. A container gets the environment of its pod and PATH, HOME and JAVA_HOME of this process.
 */
final class PodPreparation {
    private static final List<String> INHERITED = List.of("PATH", "HOME", "JAVA_HOME");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\$|\\$\\(([-._a-zA-Z][-._a-zA-Z0-9]*)\\)");

    private final KubernetesClient client;
    private final List<String> entrypoint;

    /**
     * @param client with the node's credentials
     * @param entrypoint what runs where the container has no command, whatever its image
     */
    PodPreparation(KubernetesClient client, List<String> entrypoint) {
        this.client = client;
        this.entrypoint = List.copyOf(entrypoint);
    }

    /** Refuses what a stand-in does not do, rather than to run half of a pod. */
    static void check(Pod pod) throws PodUnsupportedException {
        if (pod.getSpec().getContainers().size() != 1
                || !pod.getSpec().getInitContainers().isEmpty()) {
            throw new PodUnsupportedException("more than one container");
        }
        if (!"Never".equals(pod.getSpec().getRestartPolicy())) {
            throw new PodUnsupportedException(
                    "the restart policy " + pod.getSpec().getRestartPolicy());
        }
        if (!pod.getSpec().getContainers().getFirst().getEnvFrom().isEmpty()) {
            throw new PodUnsupportedException("envFrom");
        }
    }

    /**
     * Writes the pod's volumes and finds its environment.
     *
     * @throws PodNotReadyException when a Secret or ConfigMap is missing
     * @throws PodUnsupportedException when the pod asks for what a stand-in does not do
     */
    PodLaunch prepare(Pod pod, PodFolder folder) throws IOException, PodNotReadyException, PodUnsupportedException {
        Container container = pod.getSpec().getContainers().getFirst();
        PodObjects objects = new PodObjects(client, pod.getMetadata().getNamespace());
        folder.create();
        Map<String, Path> paths = new HashMap<>(new PodVolumes(objects, folder).write(pod, container));
        paths.put(container.getTerminationMessagePath(), folder.terminationMessage());

        Map<String, String> declared = new LinkedHashMap<>();
        for (EnvVar variable : container.getEnv()) {
            Optional<String> value = variable.getValueFrom() == null
                    ? Optional.of(expand(variable.getValue() == null ? "" : variable.getValue(), declared))
                    : value(pod, objects, variable.getValueFrom());
            value.ifPresent(text -> declared.put(variable.getName(), text));
        }
        Map<String, String> environment = new HashMap<>();
        for (String name : INHERITED) {
            Optional.ofNullable(System.getenv(name)).ifPresent(value -> environment.put(name, value));
        }
        declared.forEach((name, value) -> environment.put(name, localPath(value, paths)));

        List<String> command = new ArrayList<>();
        List<String> words = container.getCommand();
        command.addAll(
                words.isEmpty()
                        ? entrypoint
                        : words.stream().map(word -> expand(word, declared)).toList());
        container.getArgs().forEach(word -> command.add(expand(word, declared)));
        return new PodLaunch(command, environment);
    }

    private static Optional<String> value(Pod pod, PodObjects objects, EnvVarSource source)
            throws PodNotReadyException, PodUnsupportedException {
        if (source.getSecretKeyRef() != null) {
            return value(objects, source.getSecretKeyRef());
        }
        if (source.getFieldRef() != null) {
            String field = source.getFieldRef().getFieldPath();
            return Optional.of(
                    switch (field) {
                        case "metadata.name" -> pod.getMetadata().getName();
                        case "metadata.namespace" -> pod.getMetadata().getNamespace();
                        case "metadata.uid" -> pod.getMetadata().getUid();
                        case "spec.nodeName" -> pod.getSpec().getNodeName();
                        case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
                        default -> throw new PodUnsupportedException("the field " + field);
                    });
        }
        throw new PodUnsupportedException("an environment variable from something else than a Secret or a field");
    }

    private static Optional<String> value(PodObjects objects, SecretKeySelector reference) throws PodNotReadyException {
        Optional<Map<String, byte[]>> secret = objects.secret(reference.getName());
        Optional<String> value = secret.map(values -> values.get(reference.getKey()))
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
        if (value.isEmpty() && !Boolean.TRUE.equals(reference.getOptional())) {
            String name = "secret \"" + reference.getName() + "\"";
            throw new PodNotReadyException(
                    "CreateContainerConfigError",
                    secret.isEmpty() ? name + " not found" : name + " has no key \"" + reference.getKey() + "\"");
        }
        return value;
    }

    /** {@code $(NAME)} as Kubernetes expands it: of variables that are declared before, {@code $$} is a dollar sign. */
    static String expand(String text, Map<String, String> variables) {
        return REFERENCE.matcher(text).replaceAll(match -> {
            if (match.group().equals("$$")) {
                return Matcher.quoteReplacement("$");
            }
            return Matcher.quoteReplacement(variables.getOrDefault(match.group(1), match.group()));
        });
    }

    /** The value with a path of the container at its beginning replaced, the longest that fits. */
    static String localPath(String value, Map<String, Path> paths) {
        return paths.keySet().stream()
                .filter(path -> value.equals(path) || value.startsWith(path + "/"))
                .max(Comparator.comparingInt(String::length))
                .map(path -> paths.get(path) + value.substring(path.length()))
                .orElse(value);
    }
}
