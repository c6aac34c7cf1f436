# gdlint: disable=max-public-methods
class_name ExpressiveClient
extends Node
## Talks to `expressive serve` from Godot 4.
##
## Add the node to a scene, connect its signals and call [method connect_to_server]:
## [codeblock]
## @onready var client: ExpressiveClient = $ExpressiveClient
##
## func _ready() -> void:
##     client.welcomed.connect(_on_welcomed)
##     client.texture_changed.connect(func(_actor, texture): $Portrait.texture = texture)
##     client.connect_to_server("ws://127.0.0.1:8765/v1/ws")
##
## func _on_welcomed(_welcome: Dictionary) -> void:
##     client.open("guard", "guard", {"seed": 7})
##     client.play_through("guard", $AudioStreamPlayer)
##     client.say("guard", "Get away from [anger]my[/] gate!")
## [/codeblock]
## What the messages mean is told in Expressive's documentation, docs/serve.md.
## This file is under the MIT licence.

## The server has greeted; [param welcome] names its characters, emotions and limits.
signal welcomed(welcome: Dictionary)
## A message with an id was answered: opened, done, why, snapshot, recorded, pong.
signal answered(message: Dictionary)
## A message was not followed.
signal refused(error: Dictionary)
## The face of an actor has a new picture, in a texture that stays the same object.
signal texture_changed(actor: String, texture: ImageTexture)
## How an actor is: felt, shown, mood, controls, …
signal state_received(actor: String, state: Dictionary)
## A line began or ended, a word or a mark was reached, the emotion machine moved.
signal event_received(actor: String, event: Dictionary)
## The connection has ended.
signal disconnected(code: int, reason: String)

const HEADER_BYTES := 24
const PICTURE := 1
const SOUND := 2
const RAW := 0
const WEBP := 1
const JPEG := 2
const FLOAT32 := 0
## Room for a picture of 512 pixels, uncompressed, and what comes with it.
const INBOUND_BYTES := 4 * 1024 * 1024

var token := ""

var _socket: WebSocketPeer
var _greeted := false
var _last_id := 0
var _names := {}
var _textures := {}
var _players := {}
var _waiting := {}


func connect_to_server(url: String, server_token: String = "") -> Error:
	token = server_token
	_greeted = false
	_socket = WebSocketPeer.new()
	_socket.inbound_buffer_size = INBOUND_BYTES
	return _socket.connect_to_url(url)


func disconnect_from_server() -> void:
	if _socket != null:
		_socket.close()


## Sends a message and returns its id, which its answer carries.
func send(type: String, fields: Dictionary = {}) -> int:
	_last_id += 1
	var message := fields.duplicate()
	message["type"] = type
	message["id"] = _last_id
	_socket.send_text(JSON.stringify(message))
	return _last_id


## Brings a character to life; the options are seed, language, video, audio and state_hz.
func open(actor: String, character: String, options: Dictionary = {}) -> int:
	var fields := options.duplicate()
	fields["actor"] = actor
	fields["character"] = character
	return send("open", fields)


func close(actor: String) -> int:
	return send("close", {"actor": actor})


func trigger(actor: String, event: String, intensity: float = 1.0, source: Variant = null) -> int:
	return send(
		"trigger", {"actor": actor, "event": event, "intensity": intensity, "source": source}
	)


func feel(actor: String, emotion: String, intensity: float, hold_s: float = 0.0) -> int:
	return send(
		"feel", {"actor": actor, "emotion": emotion, "intensity": intensity, "hold_s": hold_s}
	)


func pad(actor: String, valence: float, arousal: float, hold_s: float = 0.0) -> int:
	return send("pad", {"actor": actor, "valence": valence, "arousal": arousal, "hold_s": hold_s})


func mask(actor: String, emotion: String, amount: float) -> int:
	return send("mask", {"actor": actor, "emotion": emotion, "amount": amount})


func release(actor: String) -> int:
	return send("release", {"actor": actor})


func say(actor: String, text: String, interrupt: bool = false) -> int:
	return send("say", {"actor": actor, "text": text, "interrupt": interrupt})


func stop(actor: String) -> int:
	return send("stop", {"actor": actor})


## Looks at a point of the picture: x to the right and y upwards, each from -1 to 1.
func look(actor: String, x: float, y: float) -> int:
	return send("look", {"actor": actor, "x": x, "y": y})


func look_freely(actor: String) -> int:
	return send("look", {"actor": actor, "x": null, "y": null})


func gesture(actor: String, gesture_name: String) -> int:
	return send("gesture", {"actor": actor, "name": gesture_name})


func listen(actor: String, on: bool) -> int:
	return send("listen", {"actor": actor, "on": on})


func language(actor: String, tag: String) -> int:
	return send("language", {"actor": actor, "language": tag})


func why(actor: String, emotion: String) -> int:
	return send("why", {"actor": actor, "emotion": emotion})


func snapshot(actor: String) -> int:
	return send("snapshot", {"actor": actor})


func restore(actor: String, data: Dictionary) -> int:
	return send("restore", {"actor": actor, "data": data})


func record(actor: String, on: bool) -> int:
	return send("record", {"actor": actor, "on": on})


## Lets an actor be heard through a player, which needs no stream of its own.
func play_through(actor: String, player: Node) -> void:
	_players[actor] = player


func _process(_delta: float) -> void:
	if _socket == null:
		return
	_socket.poll()
	match _socket.get_ready_state():
		WebSocketPeer.STATE_OPEN:
			if not _greeted:
				_greeted = true
				send("hello", {"version": 1, "client": "godot", "token": token})
			while _socket.get_available_packet_count() > 0:
				var packet := _socket.get_packet()
				if _socket.was_string_packet():
					_take_text(packet.get_string_from_utf8())
				else:
					_take_binary(packet)
			_feed()
		WebSocketPeer.STATE_CLOSED:
			var code := _socket.get_close_code()
			var reason := _socket.get_close_reason()
			_socket = null
			disconnected.emit(code, reason)


func _take_text(text: String) -> void:
	var message: Variant = JSON.parse_string(text)
	if not message is Dictionary:
		return
	match message["type"]:
		"welcome":
			welcomed.emit(message)
		"error":
			refused.emit(message)
		"state":
			state_received.emit(message["actor"], message)
		"event":
			if message["kind"] == "line_ended" and message["cut"]:
				_hush(message["actor"])
			event_received.emit(message["actor"], message)
		"opened":
			_names[int(message["number"])] = message["actor"]
			answered.emit(message)
		_:
			answered.emit(message)


func _take_binary(packet: PackedByteArray) -> void:
	if packet.size() < HEADER_BYTES:
		return
	var actor: String = _names.get(packet.decode_u16(2), "")
	var payload := packet.slice(HEADER_BYTES)
	match packet.decode_u8(0):
		PICTURE:
			_show(actor, packet.decode_u8(1), packet.decode_u16(16), packet.decode_u16(18), payload)
		SOUND:
			_hear(actor, packet.decode_u8(1), packet.decode_u32(16), payload)


func _show(actor: String, format: int, width: int, height: int, payload: PackedByteArray) -> void:
	var image := Image.new()
	match format:
		RAW:
			image = Image.create_from_data(width, height, false, Image.FORMAT_RGBA8, payload)
		WEBP:
			image.load_webp_from_buffer(payload)
		JPEG:
			image.load_jpg_from_buffer(payload)
	if image.is_empty():
		return
	var texture: ImageTexture = _textures.get(actor)
	if (
		texture != null
		and texture.get_size() == Vector2(image.get_size())
		and texture.get_format() == image.get_format()
	):
		texture.update(image)
	else:
		texture = ImageTexture.create_from_image(image)
		_textures[actor] = texture
	texture_changed.emit(actor, texture)


func _hear(actor: String, format: int, sample_rate: int, payload: PackedByteArray) -> void:
	if not _players.has(actor):
		return
	var player: Node = _players[actor]
	if not player.stream is AudioStreamGenerator or player.stream.mix_rate != sample_rate:
		var generator := AudioStreamGenerator.new()
		generator.mix_rate = sample_rate
		generator.buffer_length = 0.5
		player.stream = generator
	if not player.playing:
		player.play()
	var frames: PackedVector2Array = _waiting.get(actor, PackedVector2Array())
	if format == FLOAT32:
		for sample in payload.to_float32_array():
			frames.append(Vector2(sample, sample))
	else:
		for i in range(0, payload.size() - 1, 2):
			var sample := payload.decode_s16(i) / 32768.0
			frames.append(Vector2(sample, sample))
	_waiting[actor] = frames


## Hands the players as much as they take; the rest waits.
func _feed() -> void:
	for actor in _waiting:
		var frames: PackedVector2Array = _waiting[actor]
		var player: Node = _players.get(actor)
		if frames.is_empty() or player == null or not player.playing:
			continue
		var playback: AudioStreamGeneratorPlayback = player.get_stream_playback()
		var count := mini(playback.get_frames_available(), frames.size())
		playback.push_buffer(frames.slice(0, count))
		_waiting[actor] = frames.slice(count)


## Throws away what has not been played of a line that was broken off.
func _hush(actor: String) -> void:
	_waiting.erase(actor)
	if _players.has(actor) and _players[actor].playing:
		_players[actor].stop()
