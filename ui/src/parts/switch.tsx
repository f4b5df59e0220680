/** On or off, at once. Its name says what a press does. */
export interface SwitchProps {
  readonly on: boolean;
  readonly label: string;
  readonly onChange: (on: boolean) => void;
  readonly busy?: boolean;
}

export function Switch({ on, label, onChange, busy = false }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={on}
      aria-label={label}
      aria-busy={busy || undefined}
      title={label}
      onClick={() => {
        if (!busy) onChange(!on);
      }}
    >
      <span className="switch-knob" />
    </button>
  );
}
