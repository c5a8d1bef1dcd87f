PS1='\u@\h:\w\$ '
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export SYSTEMD_COLORS=0 SYSTEMD_PAGER= PAGER=cat
# tools/tzvmm_tools/session.py waits for this.
[ ! -t 0 ] || echo "root shell ready"
