import { Dialog } from '../ui/dialog.js';

const KEYS: readonly [string[], string][] = [
  [['/'], 'Search for a notification, a user or a topic'],
  [['g', 'n'], 'Now'],
  [['g', 'f'], 'Find'],
  [['g', 'd'], 'Dead letters'],
  [['g', 's'], 'Send'],
  [['g', 'q'], 'Queues'],
  [['Ctrl', 'Enter'], 'In a form: dry run, then send'],
  [['Esc'], 'Close a dialog without changes'],
  [['?'], 'This help'],
];

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Help and keys" onClose={onClose}>
      <table class="keys">
        <thead>
          <tr>
            <th scope="col">Keys</th>
            <th scope="col">What they do</th>
          </tr>
        </thead>
        <tbody>
          {KEYS.map(([keys, meaning]) => (
            <tr key={meaning}>
              <td>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">
        Find, Dead letters and Send are about the app chosen above; Now and Queues are about all of them. The calls
        behind these pages are the REST interface: see <a href="docs">its reference</a>.
      </p>
      <div class="row dialog-actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
