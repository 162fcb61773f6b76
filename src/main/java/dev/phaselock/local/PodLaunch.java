package dev.phaselock.local;

import java.util.List;
import java.util.Map;

/**
 * How a pod's container is started on this machine.
 *
 * @param command the program and its arguments
 * @param environment all of its environment, with the paths of this machine; may hold secrets
 */
record PodLaunch(List<String> command, Map<String, String> environment) {
    PodLaunch {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    @Override
    public String toString() {
        return command.getFirst();
    }
}
