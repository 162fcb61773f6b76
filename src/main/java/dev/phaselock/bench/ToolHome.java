package dev.phaselock.bench;

import java.nio.file.Path;

/**
 * Where the tools are that are measured for real.
 *
 * @param python of the environment that {@code bench/tools/install} makes
 * @param scripts the folder {@code bench/tools}
 */
public record ToolHome(Path python, Path scripts) {}
