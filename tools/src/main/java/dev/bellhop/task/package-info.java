@NullMarked
package dev.bellhop.task;

import org.jspecify.annotations.NullMarked;
