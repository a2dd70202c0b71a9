@NullMarked
package dev.bellhop.job;

import org.jspecify.annotations.NullMarked;
