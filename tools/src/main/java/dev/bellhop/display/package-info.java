/// What others wrote, as it is shown: harmless, without secrets, errors first.
///
/// [Harmless] takes out whatever would act on a terminal or deceive a reader. [Secrets] masks
/// values that must not be read. [Digest] puts first, of what a command wrote, what whoever ran it
/// needs; which lines those are is told for each tool by a row of [Format]. None of them touches
/// what is kept: logs and task files stay as they were written.
///
/// Depends on `base` alone.
@NullMarked
package dev.bellhop.display;

import org.jspecify.annotations.NullMarked;
