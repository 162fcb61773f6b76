package dev.phaselock.run;

import java.util.concurrent.ThreadFactory;

/**
 * The threads beside the one that carries a phase out. They are few, and not virtual: a virtual thread that waits for the
 * network leaves a poller in native code behind, for which the JVM waits 300 ms when it exits (VM_Exit in HotSpot), as
 * long as all the rest of a phase takes.
 */
final class RunnerThreads {
    /** Daemons: a process that is to end does not wait for them. */
    static final ThreadFactory FACTORY = Thread.ofPlatform().daemon().factory();

    private RunnerThreads() {}

    static Thread start(Runnable task) {
        Thread thread = FACTORY.newThread(task);
        thread.start();
        return thread;
    }
}
