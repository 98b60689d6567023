import Redis

/// The Lua scripts: one for each mutation, each a file of its own under `Scripts/` that begins with its contract.
enum HotScripts {
    static let touch = RedisScript(embedded: PackageResources.touch_lua)
    static let create = RedisScript(embedded: PackageResources.create_lua)
    static let append = RedisScript(embedded: PackageResources.append_lua)
    static let update = RedisScript(embedded: PackageResources.update_lua)
    static let delete = RedisScript(embedded: PackageResources.delete_lua)
    static let abandon = RedisScript(embedded: PackageResources.abandon_lua)
    static let retire = RedisScript(embedded: PackageResources.retire_lua)
    static let mission = RedisScript(embedded: PackageResources.mission_lua)
    static let amend = RedisScript(embedded: PackageResources.amend_lua)
    static let discard = RedisScript(embedded: PackageResources.discard_lua)
    static let hydrateMission = RedisScript(embedded: PackageResources.hydrate_mission_lua)
    static let settleMission = RedisScript(embedded: PackageResources.settle_mission_lua)
    static let hydrate = RedisScript(embedded: PackageResources.hydrate_lua)
    static let settle = RedisScript(embedded: PackageResources.settle_lua)
    static let committed = RedisScript(embedded: PackageResources.committed_lua)
    static let recorded = RedisScript(embedded: PackageResources.recorded_lua)
    static let lease = RedisScript(embedded: PackageResources.lease_lua)
    static let order = RedisScript(embedded: PackageResources.order_lua)
    static let reseal = RedisScript(embedded: PackageResources.reseal_lua)
    static let resealMission = RedisScript(embedded: PackageResources.reseal_mission_lua)
    static let admit = RedisScript(embedded: PackageResources.admit_lua)
    static let close = RedisScript(embedded: PackageResources.close_lua)
    static let disown = RedisScript(embedded: PackageResources.disown_lua)
    static let drop = RedisScript(embedded: PackageResources.drop_lua)
    static let dropMission = RedisScript(embedded: PackageResources.drop_mission_lua)
    static let tidy = RedisScript(embedded: PackageResources.tidy_lua)
    static let spend = RedisScript(embedded: PackageResources.spend_lua)
    static let grant = RedisScript(embedded: PackageResources.grant_lua)
    static let dropNumbers = RedisScript(embedded: PackageResources.drop_numbers_lua)
    static let raise = RedisScript(embedded: PackageResources.raise_lua)
}

extension RedisScript {
    convenience init(embedded bytes: [UInt8]) {
        self.init(String(decoding: bytes, as: UTF8.self))
    }
}
