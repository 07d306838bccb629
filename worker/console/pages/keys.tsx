import { useCallback, useState } from "preact/hooks";
import { Confirm, Dialog } from "../parts/dialog.tsx";
import { useNotify } from "../parts/notice.tsx";
import { Badge, Heading, Known, Time } from "../parts/parts.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolledApi, useSignedIn } from "../signed-in.ts";
import type { KnownKey, NewKey, Role } from "../types.ts";

const EVERY_MS = 10_000;

/** Whose a role's keys are, and what they may do. */
const ROLES: { role: Role; use: string }[] = [
  { role: "write", use: "ship in the game, and may send events" },
  { role: "server", use: "stay on the studio's machines, and may also mint player tokens" },
  { role: "read", use: "are for dashboards, and may look" },
  { role: "admin", use: "are for operators, and may do all" },
];

/** The keys of a game, or with `*` those for all games. */
export function Keys({ game }: { game: string }) {
  const { api } = useSignedIn();
  const notify = useNotify();
  const [polled, refresh] = usePolledApi(
    useCallback((signal: AbortSignal) => api.keys(game, signal), [api, game]),
    EVERY_MS,
  );
  const [minted, setMinted] = useState<NewKey>();
  const [revoking, setRevoking] = useState<KnownKey>();

  const revoke = async (id: string) => {
    await api.revoke(game, id);
    notify(`Revoked the key ${id}: it is refused from now on.`);
    refresh();
  };

  return (
    <>
      <Heading>{game === "*" ? "Keys for all games" : "Keys"}</Heading>
      <Mint
        game={game}
        onMinted={(key) => {
          setMinted(key);
          refresh();
        }}
      />
      <Known polled={polled} refresh={refresh}>
        {(keys) => (
          <Table
            caption="Keys"
            columns={[
              ...COLUMNS,
              { header: "State", cell: (key) => <State known={key} onRevoke={setRevoking} /> },
            ]}
            rows={keys}
            keyOf={({ id }) => id}
            empty="No key was minted here yet. Keys of the command line are listed once they are revoked."
          />
        )}
      </Known>
      {minted && (
        <Shown
          minted={minted}
          onClose={() => {
            setMinted(undefined);
            notify(`Minted a ${minted.role} key: ${minted.id}.`);
          }}
        />
      )}
      {revoking && (
        <Confirm
          title="Revoke this key?"
          action="Revoke"
          isDangerous
          run={() => revoke(revoking.id)}
          onClose={() => setRevoking(undefined)}
        >
          <p>
            {revoking.name ?? "The key"} <code>{revoking.id}</code> is refused from its next request on, and
            so are player tokens that it minted. There is no way back.
          </p>
        </Confirm>
      )}
    </>
  );
}

const COLUMNS: Column<KnownKey>[] = [
  { header: "Name", cell: ({ name }) => name ?? "–" },
  { header: "Role", cell: ({ role }) => role ?? "–" },
  { header: "Id", cell: ({ id }) => <code>{id}</code>, isName: true },
  {
    header: "Minted",
    cell: ({ created_at }) => (created_at === null ? "–" : <Time at={created_at} withDate />),
  },
];

function State({ known, onRevoke }: { known: KnownKey; onRevoke: (key: KnownKey) => void }) {
  const { session } = useSignedIn();
  if (known.revoked_at !== null) {
    return (
      <>
        <Badge tone="plain">revoked</Badge> <Time at={known.revoked_at} withDate />
      </>
    );
  }
  if (known.id === session.id) return <Badge tone="good">this key</Badge>;
  return (
    <button
      type="button"
      class="danger"
      onClick={() => onRevoke(known)}
      aria-label={`Revoke ${known.name ?? known.id}`}
    >
      Revoke …
    </button>
  );
}

function Mint({ game, onMinted }: { game: string; onMinted: (key: NewKey) => void }) {
  const { api } = useSignedIn();
  const [role, setRole] = useState<Role>("write");
  const [name, setName] = useState("");
  const [asking, setAsking] = useState(false);

  async function mint(): Promise<void> {
    const key = await api.mint(game, role, name.trim());
    setName("");
    onMinted(key);
  }

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    setAsking(true);
  }

  return (
    <>
      <form class="card row" onSubmit={submit}>
        <label>
          Role
          <select value={role} onChange={({ currentTarget }) => setRole(currentTarget.value as Role)}>
            {ROLES.map((known) => (
              <option key={known.role} value={known.role}>
                {known.role}
              </option>
            ))}
          </select>
        </label>
        <label class="grow">
          Name, to tell it from others
          <input
            value={name}
            maxLength={64}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
            autocomplete="off"
          />
        </label>
        <button type="submit" class="primary">
          Mint a key …
        </button>
        <p class="note">
          <code>{role}</code> keys {ROLES.find((known) => known.role === role)?.use}.
        </p>
      </form>
      {asking && (
        <Confirm title={`Mint a ${role} key?`} action="Mint" run={mint} onClose={() => setAsking(false)}>
          <p>It is shown once. {game === "*" ? "It is for all games." : `It is for ${game} alone.`}</p>
        </Confirm>
      )}
    </>
  );
}

function Shown({ minted, onClose }: { minted: NewKey; onClose: () => void }) {
  const [copied, setCopied] = useState("");
  const copy = async () => {
    const isCopied = await navigator.clipboard.writeText(minted.key).then(
      () => true,
      () => false,
    );
    setCopied(isCopied ? "Copied." : "It could not be copied: select it, and copy it by hand.");
  };
  return (
    <Dialog title="Your new key" onClose={onClose} isWide isHeld>
      <p>Keep it now: it is stored nowhere, and is not shown again.</p>
      <label>
        Key
        <textarea
          readOnly
          rows={5}
          value={minted.key}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      </label>
      <p role="status">{copied}</p>
      <footer>
        <button type="button" class="primary" onClick={copy}>
          Copy
        </button>
        <button type="button" onClick={onClose}>
          I have it
        </button>
      </footer>
    </Dialog>
  );
}
