package dev.bellhop.server;

/// Which version of the product this is.
final class Version {

    private Version() {}

    /// As the jar says; `dev` where there is no jar.
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
