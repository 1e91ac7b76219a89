#!/bin/sh
# Shows every BGP message we send to Wireshark's dissector, which must find nothing malformed and
# nothing to warn about.
#   tshark_bgp.sh <program that prints the messages for text2pcap>
set -eu
for tool in tshark text2pcap; do
  if ! command -v "$tool" > /dev/null; then
    echo "skipped: $tool is not installed"
    exit 77
  fi
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$1" > "$folder/messages.txt"
text2pcap -q -T 40000,179 "$folder/messages.txt" "$folder/messages.pcap"

packets=$(grep -c '^000000' "$folder/messages.txt")
recognised=$(tshark -n -r "$folder/messages.pcap" -Y bgp 2> /dev/null | wc -l)
if [ "$packets" -eq 0 ] || [ "$recognised" -ne "$packets" ]; then
  echo "$recognised of $packets messages were recognised as BGP"
  exit 1
fi

# Severities: chat 0x200000, note 0x400000, warning 0x600000, error 0x800000.
complaints='_ws.malformed or _ws.expert.severity >= 0x600000'
tshark -n -r "$folder/messages.pcap" -Y "$complaints" -V 2> /dev/null > "$folder/complaints.txt"
if [ -s "$folder/complaints.txt" ]; then
  echo "the dissector complains:"
  cat "$folder/complaints.txt"
  exit 1
fi
echo "$packets messages, nothing malformed"
