// What makes a command destructive, one rule a line: strength, kind, the command and its parts.
//
//     0.85 infrastructure terraform destroy
//
// A part must be among the words after the command: `a|b` alternatives, `x*` beginning with x, `*x*` containing it, `!x` must
// not be there, `-rf?` a short option that has one of these letters (`-R` alone or joined with others). Parts that begin
// with a letter are matched in order; options may stand anywhere.

struct CommandRule: Sendable {
  enum Part: Sendable {
    case word([Pattern])
    case option([Pattern])
    case absent([Pattern])
    case letters([UInt8])
  }

  enum Pattern: Sendable {
    case exactly(String)
    case beginning(String)
    case containing([UInt8])

    func matches(_ word: String) -> Bool {
      switch self {
      case .exactly(let text): word == text
      case .beginning(let text): word.hasPrefix(text)
      case .containing(let part): Self.occurs(part, in: word)
      }
    }

    private static func occurs(_ part: [UInt8], in word: String) -> Bool {
      guard word.utf8.count >= part.count else { return false }
      return word.utf8.withContiguousStorageIfAvailable { bytes in
        (0...bytes.count - part.count).contains { start in
          part.indices.allSatisfy { bytes[start + $0] == part[$0] }
        }
      } ?? word.contains(String(decoding: part, as: UTF8.self))
    }
  }

  let strength: Float
  let kind: String
  let parts: [Part]

  /// Whether the words after the command satisfy the rule.
  func matches(_ words: [String]) -> Bool {
    var next = 0
    for part in parts {
      switch part {
      case .word(let patterns):
        guard let found = words[next...].firstIndex(where: { word in patterns.contains { $0.matches(word) } }) else {
          return false
        }
        next = found + 1
      case .option(let patterns):
        guard words.contains(where: { word in patterns.contains { $0.matches(word) } }) else { return false }
      case .absent(let patterns):
        if words.contains(where: { word in patterns.contains { $0.matches(word) } }) { return false }
      case .letters(let letters):
        let found = words.contains { word in
          let bytes = word.utf8
          return bytes.first == 0x2d && bytes.dropFirst().first != 0x2d && bytes.count <= 8
            && bytes.contains { letters.contains($0) }
        }
        guard found else { return false }
      }
    }
    return true
  }
}

enum CommandRules {
  private static let source = """
    0.8 force_push git push --force|-f|--mirror !--force-with-lease*
    0.72 force_push git push +*
    0.9 force_push git push --force|-f|--mirror main|master|production|prod|trunk|release* !--force-with-lease*
    0.9 force_push git push +main|+master|+production|+prod|+trunk|+release*
    0.62 delete_branch git push --delete|-d|:*
    0.72 discard_work git reset --hard|--merge
    0.7 discard_work git clean -fxd?
    0.7 discard_work git clean --force
    0.62 discard_work git checkout --|.|-f|--force
    0.6 discard_work git restore .|--worktree|*
    0.3 discard_work git restore --staged
    0.66 discard_work git stash drop|clear
    0.6 delete_branch git branch -D|--delete
    0.78 rewrite_history git filter-branch|filter-repo
    0.75 rewrite_history git reflog expire|delete
    0.7 rewrite_history git gc --prune=now|--prune=all|--aggressive
    0.6 rewrite_history git update-ref -d
    0.6 delete_branch git worktree remove --force|-f
    0.55 delete_branch git tag -d|--delete
    0.55 rewrite_history git rebase --onto|-i|--root
    0.75 delete_resource kubectl|oc|k delete !--dry-run*
    0.86 delete_resource kubectl|oc delete ns|namespace|namespaces|all|pvc|pv|node|nodes|crd|--all|--all-namespaces|-A !--dry-run*
    0.66 disrupt_service kubectl|oc drain|cordon|taint
    0.66 disrupt_service kubectl|oc scale --replicas=0
    0.6 disrupt_service kubectl|oc replace --force
    0.72 delete_resource helm uninstall|delete|del|un !--dry-run
    0.6 delete_resource kustomize|skaffold|argocd delete|app
    0.9 infrastructure terraform|tofu|pulumi|terragrunt destroy|run-all|down !plan
    0.8 infrastructure terraform|tofu apply -destroy
    0.62 infrastructure terraform|tofu apply -auto-approve|--auto-approve
    0.72 infrastructure terraform|tofu state rm|push|mv
    0.6 infrastructure terraform|tofu taint|force-unlock|workspace
    0.8 infrastructure pulumi stack rm
    0.86 delete_storage aws s3 rb
    0.86 delete_storage aws s3 rm --recursive
    0.55 delete_storage aws s3 rm
    0.75 delete_storage aws s3 sync --delete
    0.85 delete_resource aws * terminate-*|delete-*|schedule-key-deletion|deregister-*|purge-*|remove-*|batch-delete-*|release-*|revoke-*|disable-* !--dry-run
    0.5 disrupt_service aws * stop-*|reboot-*|update-service
    0.85 delete_resource gcloud * delete|destroy|remove|purge
    0.92 delete_resource gcloud projects delete
    0.8 delete_storage gsutil rm|rb -rRfm?
    0.6 delete_storage gsutil rm|rb
    0.8 delete_resource az * delete|purge|deallocate
    0.9 delete_resource az group delete
    0.8 delete_resource doctl|linode-cli|hcloud|scw|ibmcloud|oci|eksctl|kops|vultr-cli|civo delete|rm|destroy|terminate|d|remove
    0.72 delete_storage docker|podman|nerdctl system|builder prune
    0.78 delete_storage docker|podman|nerdctl volume|volumes rm|remove|prune
    0.6 delete_storage docker|podman|nerdctl container|image|images|network prune|rm
    0.5 delete_storage docker|podman|nerdctl rm|rmi -fav?
    0.66 delete_storage docker|podman|docker-compose down -v|--volumes|--rmi*
    0.6 delete_storage docker-compose rm -fv?
    0.5 disrupt_service docker|podman stop|kill
    0.8 delete_database dropdb|dropuser
    0.82 delete_database mysqladmin drop|shutdown
    0.9 delete_database redis-cli|redis flushall|flushdb
    0.6 delete_database redis-cli|redis del|unlink|shutdown|debug|config
    0.85 delete_database flushall|flushdb
    0.8 delete_database rake|rails|bundle db:drop*|db:reset*|db:purge*
    0.78 delete_database php|artisan migrate:fresh*|migrate:reset*|db:wipe*
    0.75 delete_database prisma|npx *reset*|db:drop* --force|--skip-generate|*
    0.75 delete_database python|python3|django-admin *manage.py flush|reset_db|sqlflush
    0.74 remote_script bash|sh|zsh|source|eval|python|python3 <(curl*|<(wget*|$(curl*|$(wget*|`curl*|`wget*
    0.74 remote_script iex|invoke-expression (iwr*|(irm*|(curl*|(wget*|(invoke-web*|(invoke-rest*|(new-object*
    0.7 disrupt_service echo *sysrq-trigger*
    0.92 wipe_disk mkfs*|mke2fs /dev*
    0.88 wipe_disk mkfs* *
    0.92 wipe_disk dd of=/dev/s*|of=/dev/h*|of=/dev/n*|of=/dev/v*|of=/dev/disk*|of=/dev/x*|of=/dev/mmc*|of=/dev/r*
    0.82 wipe_disk shred *
    0.9 wipe_disk wipefs|blkdiscard *
    0.85 wipe_disk fdisk|parted|sgdisk|sfdisk|gdisk --zap-all|mklabel|rm|-Z|--delete|-o|--clear|mkpart
    0.6 wipe_disk fdisk|parted /dev*
    0.95 wipe_disk diskutil erase*|secureerase|zerodisk|partitiondisk|apfs
    0.85 wipe_disk lvremove|vgremove|pvremove *
    0.92 wipe_disk zpool destroy|labelclear
    0.85 wipe_disk zfs destroy|rollback
    0.88 wipe_disk mdadm --zero-superblock|--stop|--remove
    0.92 wipe_disk cryptsetup lukserase|erase|luksformat
    0.85 wipe_disk btrfs subvolume delete
    0.6 truncate_file truncate -s|--size*
    0.75 permissions chmod -R|-Rf|--recursive 777|000|0777|a+rwx|a-rwx|o+w|-x
    0.92 permissions chmod -R|-Rf|--recursive 777|000|0777|a+rwx|a-rwx|o+w|-x /
    0.9 permissions chown|chgrp -R|--recursive /
    0.46 permissions chmod 777|0777|a+rwx|000|u+s|4755|+s
    0.74 permissions chown|chgrp -R|--recursive /|/etc*|/usr|/usr/|/bin*|/var|/lib*|/home|/home/|/boot*|/sbin*
    0.45 permissions chown|chgrp -R|--recursive /usr*|/var*|/home*|~*|/opt*
    0.5 permissions chattr -i|+i
    0.8 overwrite mv * /dev/null
    0.68 overwrite cp /dev/null|/dev/zero *
    0.7 delete_files rsync --delete*|--remove-source-files !-n !--dry-run !-*n
    0.72 delete_files crontab -r|-ri
    0.6 cover_tracks history -c|-cw
    0.55 cover_tracks unset histfile|HISTFILE
    0.66 firewall iptables|ip6tables|nft -F|--flush|flush|-X
    0.6 firewall ufw|firewalld|setenforce disable|reset|0
    0.55 disrupt_service systemctl|service stop|disable|mask|kill
    0.55 disrupt_service service * stop
    0.62 disrupt_service shutdown|poweroff|halt|reboot -h|now|-r|-f|0|+*|/s|/r|-p
    0.6 disrupt_service init|telinit 0|6
    0.85 disrupt_service kill -9|-kill|-s -1
    0.5 disrupt_service killall|pkill -9|-kill
    0.72 delete_account userdel|deluser|groupdel|delgroup *
    0.6 delete_account passwd -d|-l
    0.7 delete_account net|net1 user /delete
    0.5 disrupt_service net stop
    0.7 disrupt_service sc delete|stop|config
    0.92 wipe_disk format a:|b:|c:|d:|e:|f:|/fs*
    0.9 wipe_disk format-volume|clear-disk|initialize-disk *
    0.85 wipe_disk diskpart /s
    0.75 delete_files del|erase /s|/q|/f|*.*
    0.78 delete_files rd|rmdir /s|/q
    0.8 delete_files remove-item|ri|rm -recurse|-r|-rec* -force|-fo*
    0.62 delete_files remove-item -recurse|-force
    0.93 backups vssadmin delete|resize
    0.9 backups wmic shadowcopy delete
    0.9 backups wbadmin delete|stop
    0.85 backups bcdedit /set recoveryenabled|bootstatuspolicy|safeboot|testsigning
    0.8 cover_tracks wevtutil cl|clear-log
    0.78 cover_tracks clear-eventlog|remove-eventlog *
    0.75 cover_tracks fsutil usn deletejournal
    0.78 cover_tracks cipher /w*
    0.72 disrupt_service reg delete
    0.8 disable_protection set-mppreference -disable*
    0.8 disable_protection netsh advfirewall|firewall off|disable
    0.6 disrupt_service npm|yarn|pnpm unpublish|deprecate
    0.6 disrupt_service gem|cargo yank
    0.4 disrupt_service apt|apt-get|yum|dnf|pacman|brew|snap|zypper purge|remove|autoremove|erase|uninstall|-rns|-r
    0.78 backups restic forget|prune|unlock|key
    0.8 backups borg|borgmatic delete|prune|compact
    0.8 backups velero delete|uninstall
    0.78 backups rclone delete|purge|deletefile|sync|cleanup|rmdirs
    0.78 backups duplicity|duply remove-all*|purge|cleanup
    0.78 backups tmutil delete*|disable
    0.76 backups pgbackrest|wal-g|barman stanza-delete|expire|delete
    0.76 messaging kafka-topics*|kafka-configs*|kafka-consumer-groups*|kafka-delete-records*|kafka-acls*|kafka|topics --delete|--remove|delete|--reset-offsets|*
    0.78 messaging rabbitmqctl|rabbitmqadmin delete*|reset|force_reset|purge*|forget*|stop_app|clear*
    0.76 messaging nats stream|consumer|kv|object|account rm|purge|delete|del|edit
    0.7 messaging aws * unsubscribe
    0.7 delete_resource circleci|travis|jenkins|drone * delete|remove-secret|store-secret|remove|purge
    0.72 secrets_store doppler delete|remove
    0.74 secrets_store op delete|rm|archive|forget
    0.78 secrets_store vault delete|destroy|disable|revoke|seal|metadata
    0.72 secrets_store consul|etcdctl kv|del|delete|snapshot -recurse|del|--prefix|delete|restore|*
    0.66 disrupt_service nomad job|system|node stop|gc|purge|drain
    0.85 delete_resource heroku *:destroy|*:reset|*:delete|apps:*|pg:reset*
    0.8 delete_resource flyctl|fly destroy|delete|apps|volumes
    0.7 delete_resource vercel|netlify|wrangler|surge rm|remove|delete|*:delete|teardown
    0.85 delete_resource firebase *:delete|*:disable|delete
    0.8 delete_resource supabase db|projects reset|delete
    0.85 delete_resource gh|glab repo|project|release|run|secret delete|archive
    0.6 delete_resource gh|glab pr|issue|api delete|close|-x|-X
    0.75 delete_storage bq rm
    0.85 delete_storage ceph osd|pool|fs delete|purge|rm|destroy|out
    0.7 delete_resource vagrant|virsh|qm|pct|multipass|lxc|lxd destroy|undefine|delete|purge
    0.65 delete_resource kind|minikube|k3d|k3s delete|k3s-uninstall*
    0.7 delete_database nodetool|cqlsh|cassandra decommission|removenode|drop*|clearsnapshot|assassinate
    0.7 delete_database influx|clickhouse-client|clickhouse delete|drop*|truncate*
    0.66 delete_resource stripe|twilio|square delete|*:remove|remove|*:delete
    0.66 delete_resource nix|conda|pyenv|rbenv|nvm --delete-old|env|-d
    0.75 delete_resource ansible all *rm|state=absent|*shutdown*|*reboot*
    0.6 delete_resource ansible-playbook|salt|puppet|chef *destroy*|*delete*|*wipe*
    0.66 delete_resource dscl|launchctl|csrutil|nvram|spctl -delete|delete|remove|bootout|disable|-c|--master-disable
    """

  /// Rules by the command that they begin with. Commands written with `*` are kept under `patterns`.
  static let byName: [String: [CommandRule]] = read().named
  static let patterns: [(CommandRule.Pattern, CommandRule)] = read().patterns

  /// The kinds of all rules.
  static var kinds: Set<String> {
    Set(byName.values.joined().map(\.kind)).union(patterns.map(\.1.kind))
  }

  /// The first words of all commands, for the lexicon: `remove` of `remove-item`.
  static var firstWords: [String] {
    (Array(byName.keys)).compactMap { name in
      name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.first.map(String.init)
    }
  }

  private static func read() -> (named: [String: [CommandRule]], patterns: [(CommandRule.Pattern, CommandRule)]) {
    var named: [String: [CommandRule]] = [:]
    var patterns: [(CommandRule.Pattern, CommandRule)] = []
    for line in source.split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count >= 3, let strength = Float(fields[0]) else { continue }
      let rule = CommandRule(strength: strength, kind: fields[1], parts: fields[3...].map(part))
      for name in fields[2].split(separator: "|") {
        if name.hasSuffix("*") {
          patterns.append((.beginning(String(name.dropLast())), rule))
        } else {
          named[String(name), default: []].append(rule)
        }
      }
    }
    return (named, patterns)
  }

  private static func part(_ text: String) -> CommandRule.Part {
    if text.hasSuffix("?"), text.hasPrefix("-") { return .letters(Array(text.utf8.dropFirst().dropLast())) }
    if text.hasPrefix("!") { return .absent(alternatives(String(text.dropFirst()))) }
    let first = text.utf8.first ?? 0
    return first.isLetter || first == 0x2a ? .word(alternatives(text)) : .option(alternatives(text))
  }

  private static func alternatives(_ text: String) -> [CommandRule.Pattern] {
    text.split(separator: "|").map { part in
      if part == "*" { return .beginning("") }
      if part.hasPrefix("*"), part.hasSuffix("*") { return .containing(Array(part.dropFirst().dropLast().utf8)) }
      if part.hasSuffix("*") { return .beginning(String(part.dropLast())) }
      if part.hasPrefix("*") { return .containing(Array(part.dropFirst().utf8)) }
      return .exactly(String(part))
    }
  }
}
