/** What people and pods start: {@link dev.phaselock.cli.Main} and its commands. */
package dev.phaselock.cli;
