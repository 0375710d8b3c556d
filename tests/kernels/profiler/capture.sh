#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# capture.sh - the capture test inside a virtual machine: runs the calls under the
# profiler and prints the trace for check-calls.py --console.
umask 022
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mkdir /tmp/scratch && cd /tmp/scratch || exit 1
echo "kernel $(uname -r)"
profile-helpers || exit 1
profile-calls setup || exit 1
profile-calls serve &
while [ ! -S outside ]; do sleep 0.1; done
CLNIMG_BPF_DEBUG=1 clnimg-profile --quiet --allow-incomplete -o /tmp/trace.json -- profile-calls run
status=$?
echo "scratch /tmp/scratch"
[ $status = 0 ] || { echo "clnimg-profile: status $status"; exit 1; }
echo "trace begins"
cat /tmp/trace.json
echo
echo "trace ends"
