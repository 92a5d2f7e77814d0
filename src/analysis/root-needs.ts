import type { BuildContext } from '../context/build-context.js';
import type { Stage } from '../dockerfile/stage.js';
import { baseName } from '../text/path.js';
import type { Analysis } from './analysis.js';
import { imagePath, imageViewAt, isWithin, workdirAt } from './copies.js';
import { mayBelongToUser, volumesOf } from './owned-folders.js';
import { mayMakeUser } from './runtime-users.js';
import { isShell, outputsOf, startCommandOf } from './start-command.js';

/** Why a process has to start as root, or why nobody can tell. */
export interface RootNeed {
  readonly reason: 'needs-root' | 'unknown-content';
  readonly detail: string;
}

/**
 * Programs that start as root, and give it up by themselves where they do: servers below port 1024, supervisors, what
 * sets up networks, devices and clocks, and what watches the host. Sources: the manual of each.
 */
const ROOT_PROGRAMS: ReadonlySet<string> = new Set(
  (
    'nginx openresty apache2 apache2ctl apache2-foreground apachectl httpd httpd-foreground haproxy squid ' +
    'supervisord cron crond anacron busybox-crond systemd init s6-svscan runsvdir runit service xinetd inetd monit ' +
    'sshd dropbear named unbound nsd dnsmasq dhcpd dhcrelay radvd syslogd rsyslogd chronyd ntpd ptp4l rngd ' +
    'openvpn wg-quick pptpd xl2tpd pppd ocserv ipsec charon tincd vpnserver shadowvpn keepalived ' +
    'bgpd ospfd hostapd wpa_supplicant tcpdump snort suricata ntopng iptables mount ' +
    'dockerd containerd dind kubelet libvirtd virtlogd udevd cupsd avahi-daemon bluetoothd dbus-daemon ' +
    'mysqld mysqld_safe mariadbd postgres mongod slapd postfix dovecot smbd nmbd winbindd vsftpd proftpd ' +
    'freeradius radiusd rpcbind rpc.nfsd rpc.mountd ganesha.nfsd in.tftpd iscsid multipathd minidlnad ' +
    'rinetd sockd danted hans iodined ' +
    'cadvisor falco collectd filebeat auditbeat packetbeat journalbeat fail2ban-server salt-master salt-minion'
  ).split(' '),
);

/**
 * Servers to which their packages give a user and folders for what they keep: another user cannot write there. Sources:
 * what the packages of Debian, Fedora and Alpine or of their makers set up.
 */
const KEEPERS: ReadonlySet<string> = new Set(
  (
    'rabbitmq-server couchdb influxd cassandra neo4j elasticsearch logstash qpidd clamd freshclam exim opendkim ' +
    'td-agent google-fluentd fluent-bit zabbix_server zabbix_proxy zabbix_agentd asterisk kamailio freeswitch ' +
    'turnserver murmurd transmission-daemon varnishd vnstatd nullmailer nullmailer-send'
  ).split(' '),
);

/** Servers that keep their data where they start, unless a configuration says where. */
const KEEPS_WHERE_IT_STARTS = /^(?:redis|valkey|keydb)-server$/;

/** php-fpm of any version, which starts its workers as another user. */
const PHP_FPM = /^php-fpm[\d.]*$/;

function startsAsRoot(program: string): boolean {
  return ROOT_PROGRAMS.has(program) || PHP_FPM.test(program);
}

/** Programs that change the user by themselves. */
const DROPPERS = /\b(?:gosu|su-exec|setpriv|sudo|runuser|chpst|s6-setuidgid|setuidgid)\b|\bsu\s+-/;

/** What a script of one's own does as root. */
const ROOT_WORK =
  /\b(?:gosu|su-exec|setpriv|sudo|runuser|chown|useradd|adduser|usermod|groupmod|apt-get|apk\s+add|yum|dnf|service|systemctl|crond?|sshd|nginx|apache2|httpd|php-fpm|supervisord|iptables|sysctl|mount|update-ca-certificates|setcap)\b|(?:>|\btee\b|\bsed\s+-i\b|\bcp\b|\bln\b)[^\n]*\s\/(?:etc|usr|root|run|var)\//;

/** What lies in the home of root, which nobody else may enter. */
const IN_ROOTS_HOME =
  /(?:^|[\s"'=:])(?:\/root\/|~\/|\$\{?HOME\b)|\bmix\s+local\.|\bgo\s+env\s+-w\b|\bpip[\d.]*\s+install\b[^&|;]*\s--user\b|\b(?:playwright|puppeteer\S*)\s+(?:browsers\s+)?install\b|\b(?:pyenv|nvm|sdk|asdf|rustup|ghcup)\b/;

/** Programs that everybody knows: no script of one's own. */
const KNOWN =
  /^(?:node|nodejs|npm|npx|yarn|pnpm|bun|deno|tsx|ts-node|pm2-runtime|next|python[\d.]*|gunicorn|uvicorn|hypercorn|daphne|flask|django-admin|celery|streamlit|fastapi|uv|poetry|pipenv|java|dotnet|ruby|bundle|rails|puma|rackup|php|mix|iex|elixir|perl|serve|http-server|vite|ng|nodemon|jupyter|air|go|cargo|mvn|gradle|true|sleep|tail|echo|sh|bash|ash|cd|export|exec)$/;

const SHELLS = /^(?:bash|sh|ash|dash|zsh|fish|pwsh|tail|sleep|true|scl)$/;

const SCRIPT_ENDING = /\.(?:sh|bash)$/i;

/** Why the process of the final stage may need root; undefined when nothing speaks for it. */
export function rootNeedOf(analysis: Analysis, stage: Stage, contexts: readonly BuildContext[]): RootNeed | undefined {
  const start = startCommandOf(analysis);
  for (const instruction of stage.instructions) {
    const { keyword, words } = instruction;
    const line = `line ${instruction.source.startLine}`;
    if (keyword === 'EXPOSE') {
      const port = words.find(({ text }) => /^\d+(?:\/\w+)?$/.test(text) && parseInt(text, 10) < 1024);
      if (port !== undefined) {
        return {
          reason: 'needs-root',
          detail: `${line}: port ${port.text} is below 1024; outside of Docker only root may take it (net.ipv4.ip_unprivileged_port_start)`,
        };
      }
    }
    if (/docker\.sock/.test(analysis.rawText(instruction))) {
      return { reason: 'needs-root', detail: `${line}: the socket of Docker belongs to root` };
    }
  }
  const home = stage.instructions.find(
    (one) =>
      /^(?:RUN|ENV|COPY|ADD|CMD|ENTRYPOINT|VOLUME)$/.test(one.keyword ?? '') &&
      IN_ROOTS_HOME.test(analysis.rawText(one)),
  );
  if (home !== undefined) {
    const place = IN_ROOTS_HOME.exec(analysis.rawText(home))?.[0].trim() ?? '';
    return {
      reason: 'needs-root',
      detail: `line ${home.source.startLine}: \`${place}\` is in the home of root, which nobody else may enter`,
    };
  }
  if (start === undefined) return undefined;
  for (const instruction of start.instructions) {
    const dropper = DROPPERS.exec(instruction.logical.text);
    if (dropper !== null) return { reason: 'needs-root', detail: `\`${dropper[0]}\` gives root up by itself` };
  }
  const [at] = start.instructions;
  // An image for people or for other tools to work in: nobody can tell what they will do.
  if (start.commands.every(({ program, args }) => SHELLS.test(program) && args.length === 0)) {
    return { reason: 'unknown-content', detail: `\`${start.commands[0]?.program ?? ''}\` does whatever it is told` };
  }
  const folder = at === undefined ? '/' : workdirAt(analysis, at);
  if (isWithin(folder, '/root'))
    return { reason: 'needs-root', detail: 'it starts in the home of root, which nobody else may enter' };
  const closed = outputsOf(start).find((path) => !mayWrite(stage, folder, imagePath(folder, path)));
  if (closed !== undefined) return { reason: 'needs-root', detail: `it writes into ${closed}, where only root may` };
  for (const { program, args } of start.commands) {
    if (startsAsRoot(program)) return { reason: 'needs-root', detail: `\`${program}\` starts as root` };
    // A file that makes a user makes the folders of the server for that one.
    if (keepsElsewhere(program, args, folder) && !stage.instructions.some((one) => mayMakeUser(analysis, one)))
      return {
        reason: 'needs-root',
        detail: `\`${program}\` keeps its data in folders that are its own user's, or root's`,
      };
    const script = scriptOf(stage, program, args);
    if (script === undefined || at === undefined) continue;
    const word = start.instructions
      .flatMap((instruction) => instruction.exec?.map(({ value }) => value) ?? instruction.logical.text.split(/\s+/))
      .find((value) => value.endsWith(script));
    const path = imagePath(folder, word ?? script);
    const texts = contexts.map((context) => imageViewAt(analysis, at, context).read(path));
    if (texts.length === 0 || texts.includes(undefined)) {
      return { reason: 'unknown-content', detail: `nobody can tell what \`${script}\` does as root` };
    }
    for (const text of texts) {
      const work = ROOT_WORK.exec(text ?? '');
      if (work !== null) return { reason: 'needs-root', detail: `\`${script}\` runs \`${work[0].trim()}\`` };
    }
  }
  return undefined;
}

/** Whether a server keeps its data where nobody but its own user and root may. */
function keepsElsewhere(program: string, args: readonly string[], workdir: string): boolean {
  if (KEEPERS.has(program)) return true;
  const isConfigured = args.some((word) => word.endsWith('.conf'));
  return KEEPS_WHERE_IT_STARTS.test(program) && (isConfigured || !mayBelongToUser(workdir));
}

/** Whether the user of the process may write a file: in what it gets, and where everybody may. */
function mayWrite(stage: Stage, workdir: string, path: string): boolean {
  if (/^\/(?:dev|proc|tmp|var\/tmp)\//.test(path)) return true;
  const own = [...volumesOf(stage).own, ...(mayBelongToUser(workdir) ? [workdir] : [])];
  return own.some((folder) => isWithin(path, folder));
}

/** The script of one's own that a program is or runs; undefined where there is none, as far as names tell. */
function scriptOf({ instructions }: Stage, program: string, args: readonly string[]): string | undefined {
  if (isShell(program)) {
    // Options of the shell stand in front, some with a word of their own.
    const script = args.find((word, index) => !/^[-+]/.test(word) && !/^[-+]\w*[oO]$/.test(args[index - 1] ?? ''));
    return script === undefined ? undefined : baseName(script);
  }
  const isCopiedScript = instructions.some(
    ({ keyword, words }) =>
      (keyword === 'COPY' || keyword === 'ADD') &&
      words.length === 2 &&
      SCRIPT_ENDING.test(words[0]?.text ?? '') &&
      baseName(words[1]?.text ?? '') === program,
  );
  if (isCopiedScript) return program;
  const script = KNOWN.test(program) ? args.find((word) => /\.sh$/.test(word)) : program;
  // A program that was built for this image is no script.
  return script !== undefined && (SCRIPT_ENDING.test(script) || /entrypoint|^(?:start|run|init|boot)\b/i.test(script))
    ? script
    : undefined;
}
