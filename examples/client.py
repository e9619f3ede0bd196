"""Follows a topic and publishes the lines of standard input, across restarts of both ends: each message once, in order.
   apt install python3-websockets; python3 examples/client.py ws://localhost:3000 lobby state.json"""
import asyncio, contextlib, json, os, sys, uuid, websockets
server, topic, file = sys.argv[1:4]
state = json.load(open(file)) if os.path.exists(file) else {"guest": {}, "from": {"last": 20}, "unsent": []}
live = None  # the socket, while it is subscribed
def save():
    with open(file + ".part", "w") as part: json.dump(state, part)
    os.replace(file + ".part", file)
async def send(socket, type, id, **fields):
    with contextlib.suppress(websockets.ConnectionClosed): await socket.send(json.dumps({"type": type, "id": id, **fields}))
async def publish():  # one at a time; after a lost reply again, with the same id
    for id, text in state["unsent"][:1] if live else []:
        await send(live, "publish", id, topic=topic, messageId=id, text=text)
async def take(socket, event):
    global live
    kind, id = event["type"], event.get("id")
    if kind == "messages":
        for m in event["messages"]: "kind" in m or print(m["offset"], m["user"]["name"] + ":", m["text"], flush=True)
        state["from"]["cursor"] |= {"offset": m["offset"], "tag": event["tag"]}
    elif kind == "error" and id in ("hello", "subscribe"): sys.exit(event["message"])
    elif id == "hello": state["guest"] = {"guest": event["guest"]}; await send(socket, "subscribe", "subscribe", topic=topic, **state["from"])
    elif id == "subscribe": live, state["from"] = socket, {"cursor": event["cursor"]}
    elif kind == "error" and event["retry"]: await asyncio.sleep(event.get("retryAfterMs", 1000) / 1000)
    elif kind in ("ok", "error"): state["unsent"].pop(0), kind == "ok" or print(event["message"], file=sys.stderr)
    save()
    if kind in ("ok", "error") and id != "hello": await publish()
async def follow():
    async for socket in websockets.connect(server + "/websocket", subprotocols=["kabar.v1"], max_size=None):
        await send(socket, "hello", "hello", **state["guest"])
        with contextlib.suppress(websockets.ConnectionClosed):
            async for frame in socket: await take(socket, json.loads(frame))
        if socket.close_code >= 4500: sys.exit(socket.close_reason)  # else the loop connects again, with growing pauses
async def read():
    while line := await asyncio.to_thread(sys.stdin.readline):
        state["unsent"].append([str(uuid.uuid4()), line.rstrip("\n")]), save()
        if len(state["unsent"]) == 1: await publish()
async def main(): await asyncio.gather(follow(), read())
asyncio.run(main())
