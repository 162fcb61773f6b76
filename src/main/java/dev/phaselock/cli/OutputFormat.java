package dev.phaselock.cli;

/** What a command prints. */
enum OutputFormat {
    TEXT,
    JSON
}
