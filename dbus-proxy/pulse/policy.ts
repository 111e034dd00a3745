// What one app may do with the sound server: pure data, made by the launcher.

export interface SoundPolicy {
  /** The app's name in mixers, whatever it says of itself. */
  readonly appId: string;
  readonly playback: boolean;
  /** Recording from microphones and other inputs. */
  readonly microphone: boolean;
  /** Recording what other programs play. */
  readonly monitor: boolean;
}
