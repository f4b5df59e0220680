/** Every shortcut that does something on this page, from the registry itself. */
import { shownKeys, type Shortcut, useShortcuts } from "../keys.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Switch } from "../parts/switch.tsx";
import { changeSettings, useSettings } from "../settings.ts";
import { useWords } from "../words/words.tsx";

export function KeySheet({ onClose }: { readonly onClose: () => void }) {
  const words = useWords();
  const { shortcuts: on } = useSettings();
  return (
    <Dialog title={words.keys.title} onClose={onClose}>
      <p className="muted">{on ? words.keys.intro : words.keys.off}</p>
      <KeyList shortcuts={useShortcuts()} />
      <div className="switch-line">
        <Switch on={on} label={words.keys.enable} onChange={(shortcuts) => changeSettings({ shortcuts })} />
        <span aria-hidden="true">{words.keys.enable}</span>
      </div>
    </Dialog>
  );
}

function KeyList({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }) {
  const words = useWords();
  return (
    <dl className="key-list">
      {shortcuts.map(({ keys, label, disabled }) => (
        <div key={keys} data-disabled={disabled || undefined}>
          <dt>
            {shownKeys(keys).map((key, at) => (
              <span key={key}>
                {at > 0 && <span className="muted"> {words.keys.andThen} </span>}
                <kbd>{key}</kbd>
              </span>
            ))}
          </dt>
          <dd>{label}</dd>
        </div>
      ))}
    </dl>
  );
}
