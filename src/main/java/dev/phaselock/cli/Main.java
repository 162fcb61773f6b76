package dev.phaselock.cli;

/** Where everything but the operator starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.err.println("phaselock: no command is there yet");
        System.exit(2);
    }
}
