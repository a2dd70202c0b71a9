package dev.bellhop.base;

/// Which version of the product this is.
public final class Version {

    private Version() {}

    /// As the jar says; `dev` where there is no jar.
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
