package dev.phaselock.local;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** Pods and Jobs that run a shell script. */
final class TestPods {
    private TestPods() {}

    /** A container that runs a script; the variable MESSAGE names its termination message. */
    static ContainerBuilder container(String script) {
        return new ContainerBuilder()
                .withName("main")
                .withImage("registry.invalid/none")
                .withCommand("/bin/sh", "-c", script)
                .addNewEnv()
                .withName("MESSAGE")
                .withValue("/dev/termination-log")
                .endEnv();
    }

    static VolumeMount mount(String volume, String path) {
        return new VolumeMountBuilder().withName(volume).withMountPath(path).build();
    }

    static PodBuilder pod(String namespace, String name, Container container) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withContainers(container)
                .endSpec();
    }

    static JobBuilder job(String namespace, String name, Container container) {
        return new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withBackoffLimit(0)
                .withNewTemplate()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withContainers(container)
                .endSpec()
                .endTemplate()
                .endSpec();
    }

    /** The only pod of a Job, once there is one. */
    static Optional<Pod> podOf(KubernetesClient client, String namespace, String job) {
        return client
                .pods()
                .inNamespace(namespace)
                .withLabel("batch.kubernetes.io/job-name", job)
                .list()
                .getItems()
                .stream()
                .findFirst();
    }

    static String phase(KubernetesClient client, String namespace, String name) {
        return client.pods()
                .inNamespace(namespace)
                .withName(name)
                .get()
                .getStatus()
                .getPhase();
    }

    static ContainerStateTerminated terminated(Pod pod) {
        return pod.getStatus().getContainerStatuses().getFirst().getState().getTerminated();
    }

    /** Whether a process runs; one that has ended may keep its id for a while, until its parent asks how it ended. */
    static boolean runs(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> ProcessIdentity.of("test", process).running())
                .isPresent();
    }
}
