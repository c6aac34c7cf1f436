"""From frames to sound, glottal pulse by glottal pulse, with targets that may change in every block of 20 ms.

Every pulse is the minimum-phase response of the envelope at its moment, split into a periodic and a noisy part by the
aperiodicity (WORLD: Morise, Yokomori & Ozawa 2016). Because each is made anew, a change of targets cannot click.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from expressive.core.prosody import ProsodyTargets
from expressive.core.units import db_to_ratio
from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.frames import BINS, FFT_SIZE, FRAME_S, Frames, FrameStore
from expressive.voice.limiter import LOOK_AHEAD, Limiter
from expressive.voice.spec import VoiceSpec
from expressive.voice.timbre import RUMBLE, Timbre, aperiodicity

__all__ = ["BLOCK", "BLOCK_S", "FRAMES_PER_BLOCK", "Synthesizer", "frames_needed"]

BLOCK = 441
"""Samples in a block."""
BLOCK_S = BLOCK / SAMPLE_RATE
"""20 ms."""
FRAMES_PER_BLOCK = BLOCK_S / FRAME_S
ACCENT_ST, ACCENT_DB = 3.0, 3.0
"""What an accent of 1 more adds to a stressed vowel; a pitch accent is 2-5 st high (Mozziconacci 1998: 5 st)."""
OPEN_GLOTTIS_DB, LIGHT_GLOTTIS_DB, PRESSED_GLOTTIS_DB = 10.0, 6.0, 2.0
"""Rise of the first harmonic with breath or with a light voice (effort below 0), and fall with effort; H1-H2 is
5-10 dB higher in breathy than in modal voice (Klatt & Klatt 1990), and with the speakers of EmoDB that we tune on +5 dB
in sadness, +4 in fear and +3 in joy, which are no breathier than neutral, and -2 in anger."""
NEUTRAL_JITTER_PCT = 0.6
"""Irregularity of any living voice; sustained vowels have 0.3-0.7 % (Baken & Orlikoff 2000). It lessens as the voice
gets louder and cleaner (Brockmann et al. 2008), so a breathiness of -1 leaves a tenth of it, and an effort of 1 too."""
CREAK_GONE_ST = 6.0
"""Rise of pitch at which nobody creaks any more; creak is the register below 70 Hz (Blomgren et al. 1998)."""
PULSE_CENTRE = 0.33
"""Where in its period the energy of a pulse lies; the frame of that moment is what the pulse must sound like."""
LEAD = 160
"""Samples that a pulse may look ahead of its beginning; a third of a period of 46 Hz."""
TREMOR_HZ = 6.0
VOICELESS_HZ = 200.0
"""How often noise is renewed where there is no pulse."""
F0_LOW_HZ, F0_HIGH_HZ = 45.0, 900.0
_OMEGA = -2j * np.pi * np.arange(BINS) / FFT_SIZE
_LN_POWER_PER_DB = math.log(10.0) / 10.0


def frames_needed(position: float, rate: float) -> int:
    """How many frames must be there to render a block that begins at a frame and passes at a rate."""
    return int(position + (BLOCK + LOOK_AHEAD + LEAD) / BLOCK * FRAMES_PER_BLOCK * rate) + 2


@dataclass(frozen=True, slots=True)
class _Knobs:
    """The numbers that a pulse needs, speaker and targets together."""

    f0_st: float
    f0_range: float
    accent: float
    final_st: float
    gain_db: float
    jitter: float
    shimmer_db: float
    tremor_st: float
    creak: float
    breathiness: float
    whisper: float
    first_harmonic_db: float


class Synthesizer:
    """Renders one utterance.

    Parameters
    ----------
    store : FrameStore
        where the frames are
    spec : VoiceSpec
        the speaker
    rng : np.random.Generator
        for noise, jitter and shimmer
    """

    def __init__(self, store: FrameStore, spec: VoiceSpec, rng: np.random.Generator) -> None:
        self._store = store
        self._rng = rng
        self._become(spec)
        self._limiter = Limiter(SAMPLE_RATE)
        self._buffer = np.zeros(BLOCK + 3 * FFT_SIZE)
        self._next = 0.0  # where the next pulse lies, in samples from the block's beginning
        self._period = SAMPLE_RATE / VOICELESS_HZ  # of the pulse before
        self._pulses = 0
        self._tremor_phase = 0.0
        self._last: tuple[_Knobs, npt.NDArray[np.float64]] | None = None
        self._targets: ProsodyTargets | None = None

    def block(
        self,
        position: float,
        rate: float,
        targets: ProsodyTargets,
        *,
        store: FrameStore | None = None,
        end: int | None = None,
    ) -> npt.NDArray[np.float32]:
        """Render the next 20 ms.

        Parameters
        ----------
        position : float [unit=frames]
            where in the source the block begins
        rate : float [unit=ratio]
            source time that passes in a unit of output time
        targets : ProsodyTargets
            what is to be reached at the block's end; tempo and pauses are in ``rate`` already
        store : FrameStore | None
            other frames than the utterance's own, which ``position`` then refers to
        end : int | None [unit=frames]
            frames from here on do not belong to what is said now, and are not heard ahead of time

        Returns
        -------
        np.ndarray [shape=(BLOCK,), range=[-1, 1]]
            float32
        """
        new = self._last if self._last is not None and targets is self._targets else self._knobs(targets)
        old = self._last or new
        self._last, self._targets = new, targets
        per_sample = rate * FRAMES_PER_BLOCK / BLOCK
        store = store or self._store
        top = (store.end if end is None else min(end, store.end)) - 1
        first = max(0, min(int(position), top))
        last = min(top, int(position + (BLOCK + LOOK_AHEAD + LEAD) * per_sample) + 1)
        frames = store.take(np.arange(first, last + 1))
        self._add_pulses(frames, position - first, per_sample, (old, new), targets)
        out = self._limiter.apply(self._buffer, BLOCK)
        self._buffer[:-BLOCK] = self._buffer[BLOCK:]
        self._buffer[-BLOCK:] = 0.0
        self._next -= BLOCK
        self._tremor_phase = (self._tremor_phase + TREMOR_HZ * BLOCK_S) % 1.0
        return out

    def speak_as(self, spec: VoiceSpec) -> None:
        """Go on as another speaker from the next block on."""
        if spec is not self._spec and spec != self._spec:
            self._become(spec)
            self._targets = None  # the same targets make another sound in this voice

    def _become(self, spec: VoiceSpec) -> None:
        self._spec = spec
        self._timbre = Timbre(spec.vocal_tract)
        self._base_st = 12.0 * math.log2(spec.base_f0_hz / 100.0)

    def snapshot(self) -> dict[str, Any]:
        """The state as plain JSON types, for a bit-identical continuation with the same next targets."""
        return {
            "buffer": self._buffer.tolist(),
            "next": self._next,
            "period": self._period,
            "pulses": self._pulses,
            "tremor_phase": self._tremor_phase,
            "targets": self._targets.to_dict() if self._targets else None,
            "limiter": self._limiter.snapshot(),
            "rng": self._rng.bit_generator.state,
            "speaker": asdict(self._spec),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state that :meth:`snapshot` gave."""
        if state["speaker"] != asdict(self._spec):
            self._become(VoiceSpec(**state["speaker"]))
        self._buffer = np.array(state["buffer"])
        self._next = float(state["next"])
        self._period = float(state["period"])
        self._pulses = int(state["pulses"])
        self._tremor_phase = float(state["tremor_phase"])
        self._targets = ProsodyTargets(**state["targets"]) if state["targets"] else None
        self._last = self._knobs(self._targets) if self._targets else None
        self._limiter.restore(state["limiter"])
        self._rng.bit_generator.state = state["rng"]

    def _knobs(self, p: ProsodyTargets) -> tuple[_Knobs, npt.NDArray[np.float64]]:
        spec = self._spec
        # A speaker who turns breathy gains on what is left; one who turns tense loses as much as asked.
        added = (1.0 - spec.breathiness) * p.breathiness if p.breathiness >= 0 else p.breathiness
        cleaner = 10.0 ** (min(0.0, p.breathiness) - max(0.0, p.effort))
        knobs = _Knobs(
            f0_st=self._base_st + p.f0_shift_st,
            f0_range=spec.f0_range * p.f0_range,
            accent=p.accent - 1.0,
            final_st=p.final_st,
            gain_db=p.gain_db + spec.level_db,
            # The mean difference of neighbours is 1.128 times the standard deviation of independent values.
            jitter=(p.jitter_pct + math.hypot(spec.jitter_pct, NEUTRAL_JITTER_PCT * cleaner)) / 100.0 / 1.128,
            shimmer_db=math.hypot(p.shimmer_db, spec.shimmer_db) / 1.128,
            tremor_st=math.hypot(p.tremor_st, spec.tremor_st),
            creak=min(1.0, p.creak + spec.creak) * _low_and_lax(p),
            breathiness=spec.breathiness + added,
            whisper=p.whisper,
            first_harmonic_db=max(0.0, OPEN_GLOTTIS_DB * p.breathiness, -LIGHT_GLOTTIS_DB * p.effort)
            - PRESSED_GLOTTIS_DB * max(0.0, p.effort),
        )
        f0_hz = 100.0 * 2.0 ** (knobs.f0_st / 12.0)
        gain, hush = self._timbre.tilt(p.tilt_db + spec.tilt_db, first_harmonic_db=knobs.first_harmonic_db, f0_hz=f0_hz)
        return knobs, np.stack([gain + knobs.gain_db * _LN_POWER_PER_DB, self._timbre.whisper(p.whisper), hush])

    def _add_pulses(
        self,
        frames: Frames,
        offset: float,
        per_sample: float,
        ends: tuple[tuple[_Knobs, npt.NDArray[np.float64]], tuple[_Knobs, npt.NDArray[np.float64]]],
        targets: ProsodyTargets,
    ) -> None:
        (a, gain_a), (b, gain_b) = ends
        f0_st, voiced, melody = frames.f0_st.tolist(), frames.voiced.tolist(), frames.melody.tolist()
        top = len(f0_st) - 1
        index, mix, share, when, periodic = [], [], [], [], []
        noises, harmonic = [], []
        while self._next < BLOCK + LOOK_AHEAD:
            lead = min(float(LEAD), PULSE_CENTRE * self._period)
            at = min(max(0.0, offset + (self._next + lead) * per_sample), float(top))
            i = int(at)
            j = min(i + 1, top)
            w = at - i
            x = min(1.0, max(0.0, self._next / BLOCK))
            y = 1.0 - x
            accent, final, ending, above, below = (
                (1 - w) * m + w * n for m, n in zip(melody[i], melody[j], strict=True)
            )
            shake, ripple = self._rng.standard_normal(2)
            decibel = (y * a.accent + x * b.accent) * ACCENT_DB * max(0.0, accent)
            if voiced[i if w < 0.5 else j]:
                creak = min(1.0, (y * a.creak + x * b.creak) * min(1.0, ending) + max(0.0, ending - 1.0))
                semitones = (
                    y * a.f0_st + x * b.f0_st
                    + _excursion((1 - w) * f0_st[i] + w * f0_st[j], y * a.f0_range + x * b.f0_range, above, below)
                    + (y * a.accent + x * b.accent) * ACCENT_ST * accent
                    + (y * a.final_st + x * b.final_st) * final
                    + (y * a.tremor_st + x * b.tremor_st)
                    * math.sin(2.0 * math.pi * (self._tremor_phase + self._next / SAMPLE_RATE * TREMOR_HZ))
                    - 4.0 * creak
                )  # fmt: skip
                odd = 1.0 if self._pulses % 2 else -1.0
                period = SAMPLE_RATE / min(F0_HIGH_HZ, max(F0_LOW_HZ, 100.0 * 2.0 ** (semitones / 12.0)))
                jitter = math.hypot(y * a.jitter + x * b.jitter, 0.03 * creak)
                period *= max(0.5, 1.0 + jitter * shake + 0.22 * creak * odd)
                decibel += (y * a.shimmer_db + x * b.shimmer_db) * ripple - 3.0 * creak * (1.0 + odd)
                periodic.append(math.sqrt(period) * db_to_ratio(decibel))
                harmonic.append(SAMPLE_RATE / period)
            else:
                period = SAMPLE_RATE / VOICELESS_HZ
                periodic.append(0.0)
                harmonic.append(VOICELESS_HZ)
            self._period = period
            begin, self._next = math.floor(self._next), self._next + period
            noise = self._rng.standard_normal(max(1, math.floor(self._next) - begin))
            noises.append((noise - noise.mean()) * db_to_ratio(decibel))
            self._pulses += 1
            index.append((i, j))
            mix.append(w)
            share.append(x)
            when.append(self._next - period)
        if not index:
            return
        places = np.array(index)
        w_ = np.array(mix)[:, None]
        x_ = np.array(share)
        near = np.where(w_[:, 0] < 0.5, places[:, 0], places[:, 1])
        is_voiced = frames.voiced[near]
        power = frames.log_power[places[:, 0]] * (1.0 - w_) + frames.log_power[places[:, 1]] * w_
        source = self._timbre.warp(targets.formant_ratio, targets.effort)
        low = np.minimum(source.astype(np.intp), BINS - 2)
        part = source - low
        power = power[:, low] * (1.0 - part) + power[:, low + 1] * part
        power += RUMBLE
        gain = gain_a * (1.0 - x_[:, None, None]) + gain_b * x_[:, None, None]  # (m, 3, BINS)
        # A voiceless sound has no glottal slope; effort reaches it by half. It is loud enough for a whisper as it is.
        power += np.where(is_voiced[:, None], gain[:, 0] + gain[:, 1], 0.5 * gain[:, 0] + _half_gain(a, b, x_)[:, None])
        if a.first_harmonic_db or b.first_harmonic_db:
            boost = np.where(is_voiced, (1.0 - x_) * a.first_harmonic_db + x_ * b.first_harmonic_db, 0.0)
            power += self._timbre.first_harmonic(np.array(harmonic), boost)
        knob = (1.0 - x_) * a.breathiness + x_ * b.breathiness
        whisper = (1.0 - x_) * a.whisper + x_ * b.whisper
        noisy = aperiodicity(frames.noise_db[near], is_voiced, knob, whisper, gain[:, 2])
        self._overlap_add(_minimum_phase(power), noisy, np.array(periodic), np.array(when), noises)

    def _overlap_add(
        self,
        response: npt.NDArray[np.complex128],
        noisy: npt.NDArray[np.float64],
        periodic: npt.NDArray[np.float64],
        when: npt.NDArray[np.float64],
        noises: list[npt.NDArray[np.float64]],
    ) -> None:
        begin = np.floor(when)
        padded = np.zeros((len(noises), FFT_SIZE))
        for row, noise in zip(padded, noises, strict=True):
            row[: len(noise)] = noise
        # A pulse lies between samples: the linear phase puts it there, or rounding would be heard as jitter.
        tone = np.sqrt(1.0 - noisy**2) * periodic[:, None] * np.exp((when - begin)[:, None] * _OMEGA)
        sound = np.fft.irfft(response * (tone + noisy * np.fft.rfft(padded, axis=1)), axis=1)
        for row, start in zip(sound, begin.astype(int).tolist(), strict=True):
            self._buffer[start : start + FFT_SIZE] += row


def _low_and_lax(p: ProsodyTargets) -> float:
    """Share of a creak that is left: it belongs to the low end of a voice, and to one that is not raised."""
    return (1.0 - max(0.0, p.effort)) * min(1.0, max(0.0, 1.0 - p.f0_shift_st / CREAK_GONE_ST))


def _excursion(semitones: float, f0_range: float, above: float, below: float) -> float:
    """Scale a distance from the mean F0.

    Lively speakers raise their peaks; the floor of their voice stays (Ladd 2008, ch. 5). So a wider range widens
    downwards by its root only, and what that would add to the mean is taken off.
    """
    floor = math.sqrt(f0_range) if f0_range > 1.0 else f0_range
    scaled = semitones * (f0_range if semitones > 0 else floor)
    return scaled - above * (f0_range - 1.0) + below * (floor - 1.0)


def _half_gain(a: _Knobs, b: _Knobs, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Half of the tilt, but all of the level.
    return np.asarray(0.5 * ((1.0 - x) * a.gain_db + x * b.gain_db) * _LN_POWER_PER_DB)


def _minimum_phase(log_power: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    """Spectrum of the minimum-phase response with this power [shape=(m, BINS)], by folding the cepstrum."""
    cepstrum = np.fft.irfft(0.5 * log_power, axis=1)
    half = FFT_SIZE // 2
    cepstrum[:, 1:half] *= 2.0
    cepstrum[:, half + 1 :] = 0.0
    return np.asarray(np.exp(np.fft.rfft(cepstrum, axis=1)))
