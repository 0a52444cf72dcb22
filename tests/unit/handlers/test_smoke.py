from tests.unit.handlers.world import World, entry
def test_x(world: World) -> None:
    world.register(entry())
    print(world.get()); print(world.post()); print(world.record()); 
    m=world.received("start"); print(m, world.received("stop"))
    print(world.start(m[0]["sessionId"]))
    print(world.clock.now(), world.session(), world.records(), world.clusters(), world.tasks(m[0]["sessionId"]), world.schedules())
    print(world.get()); print(world.get()); print(world.received("stop"))
    print(world.stop(m[0]["sessionId"]), world.left_over(), world.sweep())
