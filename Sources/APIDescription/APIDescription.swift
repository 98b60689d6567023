/// The description of the HTTP API, embedded: `config/openapi.yaml`, to which `openapi.yaml` beside this file is a link. A
/// module of its own, because the compiler is slow at it.
public enum APIDescription {
    public static var yaml: [UInt8] { PackageResources.openapi_yaml }
}
