package dev.bellhop.tool;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What a tool's argument is for. Stands on the components of an input record; the schema, the
/// command line and the checks are read from there.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface About {

    /// What the agent should put in it; empty where the name says it all.
    String value() default "";

    /// Its name on the wire, where that is not the component's.
    String name() default "";

    /// A second name that is taken, but not told.
    String alias() default "";

    /// Whether the schema that agents read names it. What few need is taken all the same, and told
    /// to people: every name costs each conversation its tokens.
    boolean told() default true;

    /// Whether the schema says no more of its form than that it is a text, though more is taken.
    boolean plain() default false;
}
